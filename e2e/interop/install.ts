import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findOnPath, installFolder, interopSource, makeFolder, runOrThrow } from "./programs";

/** Versions known to work; other people's programs are pinned like our own libraries. */
export const VERSIONS = {
  mongosh: "2.12.0",
  pymongo: "4.20.0",
  versitygw: "v1.8.0",
  minio: "v0.0.0-20260212201848-7aac2a2c5b7c",
  fakeGcs: "v1.56.1",
};

/** A program that is ready to run, or the reason why it is not here. */
export type Installed<T> = { program: T } | { absent: string };

/** Tries to install; a machine without the tool or the network skips the program and says so. */
async function attempt<T>(install: () => Promise<T>): Promise<Installed<T>> {
  try {
    return { program: await install() };
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n").slice(-1);
    return { absent: `cannot be installed here: ${reason ?? "no reason given"}` };
  }
}

/** True when the marker in the folder says that this very version is there. */
function isInstalled(folder: string, version: string): boolean {
  const marker = join(folder, ".version");
  return existsSync(marker) && readFileSync(marker, "utf8") === version;
}

function markInstalled(folder: string, version: string): void {
  writeFileSync(join(folder, ".version"), version);
}

/** mongosh from npm: the file to run with Node. */
export function installMongosh(): Promise<Installed<string>> {
  return attempt(async () => {
    const folder = makeFolder(installFolder, "mongosh");
    if (!isInstalled(folder, VERSIONS.mongosh)) {
      writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "interop-mongosh", private: true }));
      // Its native parts (machine id, DNS, Kerberos) are optional and would be compiled here.
      const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
      await runOrThrow("npm", ["install", "--prefix", folder, ...quiet, `mongosh@${VERSIONS.mongosh}`]);
      markInstalled(folder, VERSIONS.mongosh);
    }
    return join(folder, "node_modules/mongosh/bin/mongosh.js");
  });
}

/** pymongo from PyPI: how to run a script with it. */
export function installPymongo(): Promise<Installed<{ python: string; path: string }>> {
  return attempt(async () => {
    const python = findOnPath("python3");
    if (!python) throw new Error("PATH has no python3");
    const folder = makeFolder(installFolder, "pymongo");
    if (!isInstalled(folder, VERSIONS.pymongo)) {
      const target = ["--target", folder, "--upgrade", "--quiet", "--disable-pip-version-check"];
      await runOrThrow(python, ["-m", "pip", "install", ...target, `pymongo==${VERSIONS.pymongo}`], {
        env: { PIP_ROOT_USER_ACTION: "ignore" },
      });
      markInstalled(folder, VERSIONS.pymongo);
    }
    return { python, path: folder };
  });
}

/** Builds a Go program of ours (with the versions in its go.mod) and gives its path. Go's own cache makes it quick. */
export function buildGo(module: string, folder: string, name: string): Promise<Installed<string>> {
  return attempt(async () => {
    const go = findOnPath("go");
    if (!go) throw new Error("PATH has no go");
    const binary = join(makeFolder(installFolder, "bin"), name);
    await runOrThrow(go, ["build", "-buildvcs=false", "-o", binary, `./${folder}`], {
      cwd: join(interopSource, module),
      env: { GOFLAGS: "-mod=readonly", GOTOOLCHAIN: "local" },
      timeoutMs: 300_000,
    });
    return binary;
  });
}

/**
 * Builds a Go program of somebody's from its package and version, and gives its path. The first build takes minutes; once
 * it is there, nothing is built again.
 */
export function installGoProgram(name: string, source: string): Promise<Installed<string>> {
  return attempt(async () => {
    const folder = makeFolder(installFolder, "go", name);
    const binary = join(folder, name);
    if (isInstalled(folder, source) && existsSync(binary)) return binary;
    const go = findOnPath("go");
    if (!go) throw new Error("PATH has no go");
    await runOrThrow(go, ["install", source], {
      env: { GOBIN: folder, GOFLAGS: "-mod=mod", GOTOOLCHAIN: "local" },
      timeoutMs: 900_000,
    });
    markInstalled(folder, source);
    return binary;
  });
}

/** The database tools, which no registry has: only from PATH. */
export function findMongoTools(): Installed<{ mongodump: string; mongorestore: string }> {
  const mongodump = findOnPath("mongodump");
  const mongorestore = findOnPath("mongorestore");
  if (mongodump && mongorestore) return { program: { mongodump, mongorestore } };
  return { absent: `PATH has no ${mongodump ? "mongorestore" : "mongodump"}` };
}
