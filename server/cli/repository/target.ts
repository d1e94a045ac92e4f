import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Repository } from "@/server/engine/repository";
import { LocalNodeIndex } from "@/server/engine/repository/node-index/local-node-index";
import { refreshLocalIndex } from "@/server/engine/repository/node-index/refresh-local-index";
import { unlockKeys } from "@/server/engine/repository/keys/unlock-keys";
import type { ObjectStore } from "@/server/engine/storage";
import type { InstallationKey } from "@/server/platform/crypto";
import { newId } from "@/server/platform/ids";
import { textOf, type CommandInput, type CommandOption } from "../frame/command";
import { countWords } from "../frame/words";
import { openStorage } from "./locate";
import { openStore, readRepositoryId } from "./open";
import { cacheFolder, installationKeyOf } from "./options";

/** The second repository of a command that writes to one. */
export const TARGET_OPTIONS = {
  to: {
    value: "URL",
    words: "where to copy to: file:, s3:, azblob: or gs:, or a folder; an empty place becomes a repository",
  },
  "to-key": {
    value: "FILE",
    words: "the installation key's file for that place; without it the same key as for --storage",
  },
} as const satisfies Record<string, CommandOption>;

type Input = Pick<CommandInput, "values" | "signal" | "progress">;

/**
 * Opens the repository at `--to`, or makes one there: of the same organization as the one at `--storage`, with an encryption
 * key of its own. `isNew` says which. Its index is kept in the cache folder.
 */
export async function withTarget<T>(
  { values, signal, progress }: Input,
  work: (target: { repository: Repository; isNew: boolean }) => Promise<T>,
): Promise<T> {
  const store = openTargetStore(textOf(values, "to") ?? "");
  const wrapper = targetKeyOf(values);
  const found = await readRepositoryId(store);
  const id = found ?? newId();
  const folder = join(cacheFolder(values), id);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const index = new LocalNodeIndex(join(folder, "index.mdb"));
  try {
    if (found === null) {
      const { header, keys } = await unlockKeys(await openStore(values), installationKeyOf(values));
      const own = { idKey: keys.idKey, encryptionKey: randomBytes(32) };
      const repository = await Repository.create({
        store,
        index,
        keys: own,
        id,
        wrapWith: wrapper,
        shape: header.shape,
      });
      return await work({ repository, isNew: true });
    }
    const repository = await Repository.openWithKey({ store, index, wrapper });
    const onProgress = (packs: number) => progress.update(`Reading the lists of packs: ${countWords(packs)}`);
    await refreshLocalIndex(repository, index, { signal, onProgress });
    return await work({ repository, isNew: false });
  } finally {
    await index.close();
  }
}

function openTargetStore(given: string): ObjectStore {
  const url = /^[a-z0-9]+:/i.test(given) ? given : pathToFileURL(resolve(given)).href;
  return openStorage(url);
}

function targetKeyOf(values: Input["values"]): InstallationKey {
  const file = textOf(values, "to-key");
  return installationKeyOf(file === null ? values : { key: file });
}
