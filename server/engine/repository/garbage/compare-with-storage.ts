import { isDomainError } from "@/server/platform/errors/domain-error";
import type { CollectableIndex, IndexedPack } from "../node-index/collectable-index";
import { FoundPacks, presenceIn } from "../node-index/found-packs";
import type { PackRecord } from "../node-index/node-index";
import { listPacks, packName } from "../pack";
import type { Repository } from "../repository";
import { findCopies } from "./find-copies";

const LISTED_AT_ONCE = 1000;

type ListedPack = { packId: Buffer; bytes: number };

/** Where index and storage were not of one mind; pack ids in hex. */
export interface StorageComparison {
  /** Packs that the index lacked, or had as removed. */
  packsFound: number;
  /** Of packs that the index lacks, those whose own list cannot be read. */
  damagedPackIds: string[];
  /** Packs that the index has and the storage has not. */
  gonePackIds: string[];
}

/**
 * Makes the index agree with what lies in the storage: packs that a crash, or a database from before, left without their
 * entry are taken in, and packs that somebody else removed are marked as gone, so that writers store again what was in them;
 * nodes that the index placed in those get another place where a pack in the storage holds copies of them. Packs that were
 * gone and are there again are kept.
 * Throws what storage and index throw, and the signal's reason.
 */
export async function compareWithStorage(
  repository: Repository,
  index: CollectableIndex,
  signal: AbortSignal,
): Promise<StorageComparison> {
  return new Comparison(repository, index, signal).run();
}

class Comparison {
  readonly #found: FoundPacks;
  /** Packs that had been removed are there: somebody restored the storage to an earlier time. */
  #isRestored = false;
  readonly #result: StorageComparison = { packsFound: 0, damagedPackIds: [], gonePackIds: [] };

  constructor(
    readonly repository: Repository,
    readonly index: CollectableIndex,
    readonly signal: AbortSignal,
  ) {
    this.#found = new FoundPacks(index, presenceIn(repository.store));
  }

  async run(): Promise<StorageComparison> {
    const present = new Set<string>();
    let batch: ListedPack[] = [];
    for await (const pack of listPacks(this.repository.store)) {
      present.add(pack.packId.toString("latin1"));
      batch.push(pack);
      if (batch.length < LISTED_AT_ONCE) continue;
      await this.#takeIn(batch);
      batch = [];
    }
    await this.#takeIn(batch);
    await this.#seeToGone(present);
    return this.#result;
  }

  async #takeIn(batch: ListedPack[]): Promise<void> {
    this.signal.throwIfAborted();
    const sizes = new Map(batch.map(({ packId, bytes }) => [packId.toString("hex"), bytes]));
    const packIds = batch.map(({ packId }) => packId);
    const bytesOf = (packId: Buffer) => sizes.get(packId.toString("hex"))!;
    for (const packId of await this.index.unknownPacks(packIds)) await this.#takeInOne(packId, bytesOf(packId), false);
    for (const packId of await this.index.removedPacks(packIds)) await this.#takeInOne(packId, bytesOf(packId), true);
  }

  /** `isBack` for one that had been emptied or removed. */
  async #takeInOne(packId: Buffer, bytes: number, isBack: boolean): Promise<void> {
    try {
      await this.#recordFound(await this.repository.readPackList(packId, bytes), isBack);
      this.#result.packsFound += 1;
      this.#isRestored ||= isBack;
    } catch (error) {
      if (isDomainError(error, "STORAGE_OBJECT_NOT_FOUND")) return;
      if (!isDomainError(error, "PACK_CORRUPT")) throw error;
      this.#result.damagedPackIds.push(packId.toString("hex"));
    }
  }

  /** What only this pack holds keeps it: its nodes' places were in packs that are gone. */
  async #recordFound(pack: PackRecord, found: boolean): Promise<void> {
    const lost = await this.#found.lostNodesOf(pack.nodes);
    if (lost.length === 0) await this.index.recordFound({ ...pack, found });
    else await this.#found.take(pack, lost);
  }

  /** What counts on them is lost; what is stored from now on must not be. */
  async #seeToGone(present: ReadonlySet<string>): Promise<void> {
    const gone: Buffer[] = [];
    const returned: Buffer[] = [];
    const emptied: IndexedPack[] = [];
    for await (const pack of this.index.listPacks()) {
      const { packId, state } = pack;
      if (state === "emptied") {
        emptied.push(pack);
        continue;
      }
      if (present.has(packId.toString("latin1")) || (await this.repository.store.head(packName(packId))) !== null) {
        if (state === "gone") returned.push(packId);
        continue;
      }
      this.#result.gonePackIds.push(packId.toString("hex"));
      if (state !== "gone") gone.push(packId);
    }
    if (returned.length > 0) await this.index.keepReturned(returned);
    // What was in them may be needed again, as it was before they were emptied.
    if (this.#isRestored || gone.length > 0) {
      for (const { packId, storedBytes } of emptied) await this.#takeInOne(packId, storedBytes, true);
    }
    if (gone.length === 0) return;
    // In this order: whoever records a copy later moves its node, and a search that a crash cut short is made again.
    await this.index.condemn(gone);
    await findCopies(this.repository, this.index, gone, this.signal);
    await this.index.markGone(gone);
  }
}
