#!/usr/bin/env node
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The `holdfast` command: runs the bundle where there is one, else the source. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
process.env.HOLDFAST_ROOT ??= root;
const bundle = join(root, ".build/cli.mjs");
let entry = pathToFileURL(bundle).href;
if (!existsSync(bundle)) {
  const { register } = await import("tsx/esm/api");
  register();
  entry = new URL("./main.ts", import.meta.url).href;
}
const { main } = await import(entry);
process.exitCode = await main(process.argv.slice(2));
