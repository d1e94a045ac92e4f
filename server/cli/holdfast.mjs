#!/usr/bin/env node
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { areBundlesFresh } from "../supervisor/build.mjs";

/** The `holdfast` command: runs the bundle where it was built from the sources here (or there are none), else the source. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
process.env.HOLDFAST_ROOT ??= root;
const source = new URL("./main.ts", import.meta.url);
let entry = pathToFileURL(join(root, ".build/cli.mjs")).href;
if (existsSync(source) && !areBundlesFresh()) {
  const { register } = await import("tsx/esm/api");
  // Found from the working directory otherwise, which is anywhere.
  register({ tsconfig: join(root, "tsconfig.json") });
  entry = source.href;
}
const { main } = await import(entry);
process.exitCode = await main(process.argv.slice(2));
