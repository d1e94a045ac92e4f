import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const ignored = /(\.test\.tsx?|\.db\.test\.ts|\.md)$|^(generated|testdata|testing|spec-tests)$/;

function addTree(hash, root, path) {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (!stats) return;
  if (stats.isDirectory()) {
    for (const name of readdirSync(join(root, path)).sort()) {
      if (!ignored.test(name)) addTree(hash, root, `${path}/${name}`);
    }
    return;
  }
  hash.update(`${path}\0${stats.size}\0`);
  hash.update(readFileSync(join(root, path)));
}

/** A hash of the content of files and folders below root; what a build does not read (tests, pages) is left out. */
export function hashSources(root, paths) {
  const hash = createHash("sha256").update(process.versions.modules);
  for (const path of paths) addTree(hash, root, path);
  return hash.digest("hex");
}
