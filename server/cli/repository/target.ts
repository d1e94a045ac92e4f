import { randomBytes } from "node:crypto";
import { Repository } from "@/server/engine/repository";
import { unlockKeys } from "@/server/engine/repository/keys/unlock-keys";
import type { InstallationKey } from "@/server/platform/crypto";
import { newId } from "@/server/platform/ids";
import { textOf, type CommandInput, type CommandOption } from "../frame/command";
import { openStorage } from "./locate";
import { openStore, readRepositoryId, refreshIndex, withLocalIndex } from "./open";
import { installationKeyOf, urlOf } from "./options";

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
  input: Input,
  work: (target: { repository: Repository; isNew: boolean }) => Promise<T>,
): Promise<T> {
  const { values } = input;
  const store = openStorage(urlOf(textOf(values, "to") ?? ""));
  const wrapper = targetKeyOf(values);
  const found = await readRepositoryId(store);
  const id = found ?? newId();
  return withLocalIndex(values, id, async (index) => {
    if (found !== null) {
      const repository = await Repository.openWithKey({ store, index, wrapper });
      await refreshIndex(input, repository, index);
      return work({ repository, isNew: false });
    }
    const { header, keys } = await unlockKeys(await openStore(values), installationKeyOf(values));
    const own = { idKey: keys.idKey, encryptionKey: randomBytes(32) };
    const made = { store, index, keys: own, id, wrapWith: wrapper, shape: header.shape };
    return work({ repository: await Repository.create(made), isNew: true });
  });
}

function targetKeyOf(values: Input["values"]): InstallationKey {
  const file = textOf(values, "to-key");
  return installationKeyOf(file === null ? values : { key: file });
}
