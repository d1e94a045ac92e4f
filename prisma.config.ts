import { defineConfig } from "prisma/config";

/**
 * For the parts of the Prisma CLI that need no engine (generate, validate, format, studio). Migrations run on the
 * WebAssembly engine instead: server/platform/migrations.
 */
export default defineConfig({
  schema: "prisma/schema",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env.DATABASE_URL ?? "postgresql://localhost/holdfast" },
});
