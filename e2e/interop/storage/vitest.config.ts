import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export default defineConfig({
  root,
  resolve: { alias: [{ find: /^@\//, replacement: root }] },
  test: { include: ["e2e/interop/storage/*.interop.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
});
