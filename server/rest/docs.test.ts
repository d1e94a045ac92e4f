import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { renderOperations } from "./docs";
import { ROUTES } from "./routes";

it("docs/admin-api.md lists exactly the operations that are served", () => {
  // The formatter pads the columns.
  const squeeze = (text: string) => text.replace(/ +/g, " ").replace(/-{3,}/g, "---");
  const page = squeeze(readFileSync("docs/admin-api.md", "utf8"));
  expect(page).toContain(`\n${squeeze(renderOperations(ROUTES))}\n`);
});
