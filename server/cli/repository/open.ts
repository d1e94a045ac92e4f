import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { MemoryNodeIndex, Repository } from "@/server/engine/repository";
import { HEADER_NAME, HEADER_RANGE, statedRepositoryId } from "@/server/engine/repository/keys/header";
import { LocalNodeIndex } from "@/server/engine/repository/node-index/local-node-index";
import { refreshLocalIndex, type IndexRefresh } from "@/server/engine/repository/node-index/refresh-local-index";
import { readObject, type ObjectStore } from "@/server/engine/storage";
import { ReadOnlyStore } from "@/server/engine/storage/wrappers/read-only";
import { isDomainError } from "@/server/platform/errors/domain-error";
import type { CommandInput } from "../frame/command";
import { countWords } from "../frame/words";
import { openStorage, repositoryUrl } from "./locate";
import { cacheFolder, installationKeyOf } from "./options";

type Input = Pick<CommandInput, "values" | "signal" | "progress">;

/** The repository that the options name, to look at its manifests only: no node can be read. */
export async function openForManifests({ values }: Pick<Input, "values">): Promise<Repository> {
  const store = await openStore(values);
  return Repository.openWithKey({ store, index: new MemoryNodeIndex(), wrapper: installationKeyOf(values) });
}

export interface OpenedRepository {
  repository: Repository;
  index: LocalNodeIndex;
  refresh: IndexRefresh;
  /** Folder for what belongs to this repository and can be made again. */
  folder: string;
}

/**
 * Opens the repository that the options name, never to write, with an index that knows its packs: kept in the cache folder,
 * so that the next call reads the lists of new packs only. `work` gets it; the index is closed afterwards.
 */
export async function withRepository<T>(
  input: Input,
  work: (opened: OpenedRepository) => Promise<T>,
  how: { keepGone?: boolean; wrapStore?: (store: ObjectStore, folder: string) => ObjectStore } = {},
): Promise<T> {
  const { values } = input;
  const wrapper = installationKeyOf(values);
  const plain = await openStore(values);
  const id = await readRepositoryId(plain);
  // Without a readable header opening fails with the right words; the index is then never used.
  if (id === null) await Repository.openWithKey({ store: plain, index: new MemoryNodeIndex(), wrapper });
  return withLocalIndex(values, id ?? "unknown", async (index, folder) => {
    const store = how.wrapStore?.(plain, folder) ?? plain;
    const repository = await Repository.openWithKey({ store, index, wrapper });
    const refresh = await refreshIndex(input, repository, index, how.keepGone);
    return work({ repository, index, refresh, folder });
  });
}

/** The index that is kept for a repository in the cache folder, closed afterwards. */
export async function withLocalIndex<T>(
  values: Input["values"],
  repositoryId: string,
  work: (index: LocalNodeIndex, folder: string) => Promise<T>,
): Promise<T> {
  const folder = join(cacheFolder(values), repositoryId);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const index = new LocalNodeIndex(join(folder, "index.mdb"));
  try {
    return await work(index, folder);
  } finally {
    await index.close();
  }
}

/** Reads the lists of packs that the index has not seen. */
export function refreshIndex(
  { signal, progress }: Input,
  repository: Repository,
  index: LocalNodeIndex,
  keepGone?: boolean,
): Promise<IndexRefresh> {
  const onProgress = (packs: number) => progress.update(`Reading the lists of packs: ${countWords(packs)}`);
  return refreshLocalIndex(repository, index, { signal, onProgress, keepGone });
}

export async function openStore(values: Input["values"]): Promise<ObjectStore> {
  return new ReadOnlyStore(openStorage(await repositoryUrl(values)));
}

export async function readRepositoryId(store: ObjectStore): Promise<string | null> {
  try {
    return statedRepositoryId(await readObject(store, HEADER_NAME, HEADER_RANGE));
  } catch (error) {
    if (isDomainError(error, "STORAGE_OBJECT_NOT_FOUND") || isDomainError(error, "REPOSITORY_FORMAT_UNKNOWN"))
      return null;
    throw error;
  }
}
