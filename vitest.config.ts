import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));

/**
 * Two projects: `unit` needs nothing outside the process, `db` gets one embedded PostgreSQL for the whole run
 * (server/testing/postgres.ts) and runs one file at a time, each file in a database of its own.
 */
export default defineConfig({
  resolve: {
    alias: [
      { find: "server-only", replacement: `${root}server/testing/empty.ts` },
      { find: /^@\//, replacement: root },
    ],
  },
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["server/**/*.test.ts", "components/**/*.test.ts", "app/**/*.test.ts"],
          exclude: ["**/*.db.test.ts", "**/node_modules/**"],
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "db",
          include: ["server/**/*.db.test.ts"],
          globalSetup: ["server/testing/postgres.ts"],
          fileParallelism: false,
        },
      },
    ],
  },
});
