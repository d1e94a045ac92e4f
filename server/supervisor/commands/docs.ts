import { readFileSync, writeFileSync } from "node:fs";
import { renderErrorDocs } from "@/server/platform/errors/docs";

/** `npm run docs`: writes the generated pages. `--check` only says whether they are up to date (exit code 1). */
const pages: Array<[path: string, content: string]> = [["docs/errors.md", renderErrorDocs()]];

const check = process.argv.includes("--check");
for (const [path, content] of pages) {
  if (!check) writeFileSync(path, content);
  else if (readFileSync(path, "utf8") !== content) {
    process.stdout.write(`${path} is out of date: npm run docs\n`);
    process.exitCode = 1;
  }
}
