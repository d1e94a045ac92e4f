import { HEADER_NAME } from "@/server/engine/repository/keys/header";
import { credentialsFromEnv, openObjectStore, parseStorageUrl, type ObjectStore } from "@/server/engine/storage";
import type { OptionValues } from "../frame/command";
import { UsageError } from "../frame/usage-error";
import { storageUrl } from "./options";

const BELOW = new RegExp(`^([0-9a-f]{24})/${HEADER_NAME}$`);
/** A storage target holds a few repositories; what lies in one is not read through to find the next. */
const LOOKED_AT_MAX = 1000;

/** The storage that a URL names, with credentials from the environment. */
export function openStorage(url: string): ObjectStore {
  return openObjectStore(url, { credentials: credentialsFromEnv(parseStorageUrl(url), process.env) });
}

/**
 * The repository's own address: the one that was given, or, where that is a storage target, of the only repository in it.
 * Throws UsageError where there may be several.
 */
export async function repositoryUrl(values: OptionValues): Promise<string> {
  const url = storageUrl(values);
  const store = openStorage(url);
  if (await store.head(HEADER_NAME)) return url;
  const { ids, isAll } = await repositoriesBelow(store);
  if (ids.length === 0) return url;
  const urls = ids.map((id) => urlBelow(url, id));
  if (ids.length === 1 && isAll) return urls[0]!;
  const list = urls.map((one) => `  --storage ${one}`).join("\n");
  throw new UsageError(
    `This place holds repositories${isAll ? "" : ", perhaps more than these"}; say which one:\n${list}`,
  );
}

async function repositoriesBelow(store: ObjectStore): Promise<{ ids: string[]; isAll: boolean }> {
  const ids: string[] = [];
  let seen = 0;
  for await (const { name } of store.list("")) {
    const id = BELOW.exec(name)?.[1];
    if (id) ids.push(id);
    seen += 1;
    if (seen === LOOKED_AT_MAX) return { ids, isAll: false };
  }
  return { ids, isAll: true };
}

function urlBelow(url: string, id: string): string {
  const below = new URL(url);
  below.pathname = `${below.pathname.replace(/\/$/, "")}/${id}`;
  return below.href;
}
