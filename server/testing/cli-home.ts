import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { MemoryNodeIndex, Repository } from "@/server/engine/repository";
import { openObjectStore } from "@/server/engine/storage";
import { InstallationKey } from "@/server/platform/crypto";
import { newId } from "@/server/platform/ids";

/** A home as an installation leaves it (key, one repository), without portal and database. */
export interface CliHome {
  home: string;
  keyFile: string;
  /** Folder of the repository. */
  folder: string;
  repository: Repository;
  remove(): void;
}

/** Small nodes, so that small data makes trees of several levels. */
export async function makeCliHome(shape = { leafTargetBytes: 4096, innerTargetBytes: 1024 }): Promise<CliHome> {
  const home = mkdtempSync(join(tmpdir(), "holdfast-cli-"));
  const secret = randomBytes(24).toString("base64");
  const keyFile = join(home, "key");
  writeFileSync(keyFile, `${secret}\n`, { mode: 0o600 });
  const id = newId();
  const folder = join(home, "repositories", id);
  mkdirSync(folder, { recursive: true });
  const repository = await Repository.create({
    store: openObjectStore(pathToFileURL(folder).href),
    index: new MemoryNodeIndex(),
    keys: { idKey: randomBytes(32), encryptionKey: randomBytes(32) },
    id,
    wrapWith: new InstallationKey(secret),
    shape,
  });
  return { home, keyFile, folder, repository, remove: () => rmSync(home, { recursive: true, force: true }) };
}
