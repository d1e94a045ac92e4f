import { isDomainError } from "@/server/platform/errors/domain-error";
import type { ScanResult } from "../tree";
import { isStillThere, readCollection, type CatalogueEntry } from "./catalogue";
import { CollectionGone } from "./collection-gone";
import type { StoreCollection } from "./store-collection";

/** Tries that a collection may spoil by changing under its reader. */
const COLLECTION_TRIES = 3;

/**
 * Stores a collection, again where it changed under its reader and is still there: its position was lost in a capped
 * one, its cursor was killed. Where nothing is read at one moment anyway, one that was replaced is read as it is now. Gives the
 * entry that the stored documents belong to. Throws CollectionGone, and SNAPSHOT_SOURCE_CHANGED when tries do not help.
 */
export async function storeSteadily(
  options: Pick<StoreCollection, "client" | "moment" | "hasSessions" | "progress">,
  listed: CatalogueEntry,
  signal: AbortSignal,
  store: (entry: CatalogueEntry) => Promise<ScanResult>,
): Promise<{ entry: CatalogueEntry; scan: ScanResult }> {
  const namespace = `${listed.database}.${listed.name}`;
  let entry = listed;
  for (let tried = 1; ; tried += 1) {
    try {
      return { entry, scan: await store(entry) };
    } catch (error) {
      if (!isDomainError(error, "SNAPSHOT_SOURCE_CHANGED") || signal.aborted) throw error;
      const now = await findNow(options, entry);
      if (now === null) throw new CollectionGone(namespace, error);
      if (tried === COLLECTION_TRIES) throw error;
      entry = now;
      options.progress.log("read", `${namespace} changed while it was read (${error.message}); reading it again.`);
    }
  }
}

/** What the entry's name stands for now, null when that is not what may be read in its place. */
async function findNow(
  { client, moment, hasSessions }: Pick<StoreCollection, "client" | "moment" | "hasSessions">,
  entry: CatalogueEntry,
): Promise<CatalogueEntry | null> {
  if (moment.kind === "snapshot") return (await isStillThere(client, entry, hasSessions)) ? entry : null;
  const now = await readCollection(client, entry.database, entry.name, { hasSessions });
  return now?.type === entry.type ? now : null;
}
