import next from "eslint-config-next";
import tseslint from "typescript-eslint";

const environmentReason = "Read the environment once, in server/platform/env.ts.";
const clockReason = "Take the time from a Clock (server/platform/clock.ts), so that tests can stop it.";

const noProcessEnv = { object: "process", property: "env", message: environmentReason };
const noDateNow = { object: "Date", property: "now", message: clockReason };

export default tseslint.config(
  {
    ignores: [
      ".next/**",
      ".build/**",
      ".holdfast/**",
      "node_modules/**",
      "server/platform/generated/**",
      "next-env.d.ts",
      "test-results/**",
      "playwright-report/**",
    ],
  },
  ...next,
  ...tseslint.configs.strict,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "no-console": ["error", { allow: ["error"] }],
      eqeqeq: "error",
    },
  },
  {
    files: ["server/**/*.ts", "components/**/*.{ts,tsx}", "app/**/*.{ts,tsx}"],
    ignores: [
      "server/platform/env.ts",
      "server/platform/clock.ts",
      "**/*.test.ts",
      "server/testing/**",
      "server/cli/**",
    ],
    rules: { "no-restricted-properties": ["error", noProcessEnv, noDateNow] },
  },
);
