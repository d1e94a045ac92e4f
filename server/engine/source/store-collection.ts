import type { MongoClient } from "mongodb";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { Repository, RepositoryWriter } from "../repository";
import { EMPTY_LAYERS, scanLayers, type DocumentEntry, type ScanResult } from "../tree";
import type { ByteBudget } from "./byte-budget";
import { isStillThere, type CatalogueEntry } from "./catalogue";
import { CollectionGone } from "./collection-gone";
import { isDamage, type Damage } from "./damage";
import { OrderDiffers, readKeyed, type Keying } from "./keyed-documents";
import { readConcernOf, toSourceError, type Moment } from "./moment";
import type { PreviousCollection } from "./previous-layers";
import type { Progress } from "./progress";
import { splitIds } from "./split-ids";
import { treeParams } from "./tree-params";

export interface StoreCollection {
  client: MongoClient;
  repository: Repository;
  writer: RepositoryWriter;
  moment: Moment;
  hasSessions: boolean;
  progress: Progress;
  onBatch: () => Promise<void>;
  damage: Damage;
}

interface ReadHow {
  budget: ByteBudget;
  signal: AbortSignal;
  atMoment: boolean;
  /** The server looks names up in the catalogue of the moment, so that a rename or drop since then changes nothing. */
  namesOfMoment: boolean;
  /** The collection's size where several ranges of it may be read at once. */
  rangesOf: { bytes: number; documents: number } | null;
}

/**
 * Reads one collection in key order and stores what differs from `previous`; all of it where that is null, or where it
 * turns out to be damaged. A collection that is not the catalogue's any more after it was read is not stored. A server whose order of `_id` is not ours is read again with a sort of our own. Nothing is
 * durable before the writer's flush. Throws SNAPSHOT_SOURCE_CHANGED, RUN_CANCELLED, and what storage and driver throw.
 */
export async function storeCollection(
  options: StoreCollection,
  entry: CatalogueEntry,
  previous: PreviousCollection | null,
  how: ReadHow,
): Promise<ScanResult> {
  const namespace = `${entry.database}.${entry.name}`;
  let keying: Keying = entry.capped ? "ordinal" : entry.collated ? "sortedId" : "id";
  let compareWith = options.damage.affects(namespace) ? null : previous;
  for (;;) {
    try {
      return await readAndStore(options, entry, compareWith, keying, how);
    } catch (error) {
      if (error instanceof OrderDiffers && keying === "id") {
        options.progress.log("read", `${namespace}: the server's order of _id differs from ours, sorting it here.`);
        keying = "sortedId";
      } else if (isDamage(error) && compareWith !== null) {
        noteDamage(options, namespace, error);
        compareWith = null;
      } else throw toSourceError(error, namespace);
    }
  }
}

/** Writes down that an old node cannot be read, and what follows from that. */
export function noteDamage(
  { damage, writer, progress }: Pick<StoreCollection, "damage" | "writer" | "progress">,
  namespace: string,
  error: DomainError,
): void {
  damage.note(error, namespace);
  damage.tell(writer);
  progress.log(
    "read",
    `${namespace}: the older snapshot cannot be compared with (${error.message}); storing all of the collection anew. Check the repository.`,
  );
}

async function readAndStore(
  options: StoreCollection,
  entry: CatalogueEntry,
  previous: PreviousCollection | null,
  keying: Keying,
  how: ReadHow,
): Promise<ScanResult> {
  const { repository, writer } = options;
  const received = new Received(options, entry);
  const source = {
    client: options.client,
    database: entry.database,
    collection: entry.storage!,
    readConcern: how.atMoment ? readConcernOf(options.moment) : null,
    hasSessions: options.hasSessions,
    budget: how.budget,
    signal: how.signal,
  };
  try {
    const ends =
      how.rangesOf && keying === "id" ? await splitIds(source, how.rangesOf, olderTree(options, previous)) : null;
    const result = await scanLayers({
      reader: repository.reader(),
      writer,
      hasher: repository.hasher(),
      params: treeParams(repository, entry.capped ? "ordinal" : "id"),
      layers: previous?.layers ?? EMPTY_LAYERS,
      documents: received.counted(readKeyed(source, keying, ends)),
    });
    // A name without a collection reads like an empty collection.
    const mayBeGone = !how.namesOfMoment || received.documents === 0;
    if (mayBeGone && !(await isStillThere(options.client, entry, options.hasSessions)))
      throw new CollectionGone(`${entry.database}.${entry.name}`);
    assertComplete(entry, result, received.documents, previous);
    return result;
  } catch (error) {
    received.takeBack();
    throw error;
  }
}

function olderTree({ repository }: StoreCollection, previous: PreviousCollection | null) {
  return previous && { reader: repository.reader(), base: previous.layers.base };
}

/** Counts what comes from the server, independently of what is made of it, and tells the progress. */
class Received {
  documents = 0;
  #bytes = 0;
  readonly #collection: string;

  constructor(
    private readonly options: Pick<StoreCollection, "progress" | "onBatch">,
    entry: CatalogueEntry,
  ) {
    this.#collection = `${entry.database}.${entry.name}`;
  }

  async *counted(groups: AsyncIterable<DocumentEntry[]>): AsyncGenerator<DocumentEntry[]> {
    for await (const group of groups) {
      yield group;
      let bytes = 0;
      for (const { doc } of group) bytes += doc.length;
      this.documents += group.length;
      this.#bytes += bytes;
      this.options.progress.advance({ collection: this.#collection, bytes, documents: group.length });
      await this.options.onBatch();
    }
  }

  /** What is read again must not count twice. */
  takeBack(): void {
    const done = { bytes: -this.#bytes, documents: -this.documents };
    this.options.progress.advance({ collection: this.#collection, ...done });
  }
}

/** No snapshot holds more or fewer documents than the server gave: neither its tree nor its layers. */
function assertComplete(
  { database, name }: CatalogueEntry,
  { canonical, cut, counts }: ScanResult,
  received: number,
  previous: PreviousCollection | null,
): void {
  const layered = cut ? received : (previous?.documents ?? 0) + counts.inserted - counts.deleted;
  if (canonical.documents === received && layered === received) return;
  throw new DomainError("INTERNAL", {
    message: `${database}.${name}: received ${received} documents, the tree holds ${canonical.documents}, the layers ${layered}`,
  });
}
