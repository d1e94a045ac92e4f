import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { PACKS_AT_ONCE, type CollectableIndex, type IndexedPack } from "../node-index/collectable-index";
import { compareWithStorage } from "./compare-with-storage";
import { hasPassed, type Ledger } from "./ledger";
import type { LiveNodes } from "./live-nodes";
import { HEADER_NAME } from "../keys/header";
import { markLive, type UnreadableManifest } from "./mark-live";
import { packName } from "../pack";
import { PackRewriter } from "./pack-rewriter";
import type { Repository } from "../repository";

/**
 * Garbage collection: removes packs that no manifest needs, beside any number of writers and readers, and may be cut at any
 * step. The order of things, and why nothing is lost:
 *
 * 1. A pack of which little is alive is *condemned*. From then on writers take its nodes for unknown and store them again
 *    elsewhere. When everybody can see that, the condemnation is *settled*: it gets its moment.
 * 2. It *waits* until every run that can touch this repository and began before that moment has ended (such a run may have
 *    found a node there and count on it) and until the grace period has passed (for readers that have no run).
 * 3. Only then the manifests are *marked* anew. What a run that ended needs is in its manifest, or in garbage; a run that goes on
 *    began after the condemnation, so what it found in the pack it stored again; or it builds on a manifest, which the
 *    manifest's own rule (fateOfManifest) keeps for as long as the run lasts.
 * 4. Nodes that are alive after all are *moved* to new packs, or the pack is *pardoned* where most of it is. Then the index
 *    forgets what is in it, then the object is deleted, then the pack is noted as removed.
 *
 * A crash leaves a pack in one of these states, or a new pack that the index lacks; the next round goes on from there. Packs
 * that the index lacks are taken into it, condemned from the start; a writer that was slow, not dead, makes its pack a kept
 * one when it records it.
 */
export interface CollectGarbage {
  repository: Repository;
  index: CollectableIndex;
  ledger: Ledger;
  /** How long a condemned pack waits at least. */
  graceMs: number;
  /** A pack with less than this part alive is removed. */
  sparseShare?: number;
  packTargetBytes?: number;
  signal: AbortSignal;
  /** Throws when another collector may be at work: asked before each removal. */
  assertAlone?: () => Promise<void>;
}

export interface GarbageReport {
  manifests: number;
  /** Where there are any, it is unknown what they need: no pack was condemned or removed. */
  unreadable: UnreadableManifest[];
  liveNodes: number;
  /** Packs that nobody condemned, and condemned ones that still wait; those that are gone are neither. */
  packsKept: number;
  packsWaiting: number;
  waitingBytes: number;
  /** Packs in the storage that the index lacked, and those of them whose own list cannot be read; these stay. */
  packsFound: number;
  damagedPackIds: string[];
  /** Packs that the index has and the storage has not. Writers store again what was in them. */
  gonePackIds: string[];
  packsCondemned: number;
  packsPardoned: number;
  /** Of the removed ones, those that had nodes to move. */
  packsRewritten: number;
  packsRemoved: number;
  removedBytes: number;
  /** Bytes of packs with moved nodes. */
  writtenBytes: number;
}

const SPARSE_SHARE = 0.5;
const PACK_TARGET_BYTES = 16 * 1024 * 1024;
/** Bounds a batch of packs with very small nodes. */
const NODES_AT_ONCE = 100_000;
/** Longer than any writer can be asleep between storing a pack and recording it. */
const REMOVED_KEPT_MS = 30 * 24 * 60 * 60_000;
/** What surrounds the nodes in a pack, and at most what its list takes for each. */
const PACK_FRAME_BYTES = 64;
const LIST_ENTRY_BYTES = 44;

type CondemnedPack = IndexedPack & { condemnedAt: Date };

/**
 * One round. One collector at a time in a repository; should two meet, they cost work, not nodes. Throws REPOSITORY_NOT_FOUND
 * when the storage has no header (a folder that is not mounted), what storage and index throw, the signal's reason, and
 * what `assertAlone` throws.
 */
export async function collectGarbage(options: CollectGarbage): Promise<GarbageReport> {
  return new Round(options).run();
}

class Round {
  readonly #options: CollectGarbage;
  readonly #sparseShare: number;
  readonly #report: GarbageReport = {
    manifests: 0,
    unreadable: [],
    liveNodes: 0,
    packsKept: 0,
    packsWaiting: 0,
    waitingBytes: 0,
    packsFound: 0,
    damagedPackIds: [],
    gonePackIds: [],
    packsCondemned: 0,
    packsPardoned: 0,
    packsRewritten: 0,
    packsRemoved: 0,
    removedBytes: 0,
    writtenBytes: 0,
  };

  constructor(options: CollectGarbage) {
    this.#options = options;
    this.#sparseShare = options.sparseShare ?? SPARSE_SHARE;
  }

  async run(): Promise<GarbageReport> {
    const { index, ledger, repository, signal } = this.#options;
    await this.#assertPresent();
    Object.assign(this.#report, await compareWithStorage(repository, index, signal));
    await index.settleCondemned();
    // Before the mark: who is under way now may end while manifests are read.
    const now = await ledger.now();
    const oldestRunningSince = await ledger.oldestRunningSince();
    const ready = await this.#readyPacks(now, oldestRunningSince);
    const live = await this.#mark();
    if (!live) return this.#report;
    await this.#removeReady(ready, live);
    await this.#condemnSparse(live, now, oldestRunningSince);
    await index.settleCondemned();
    await index.forgetRemoved(new Date(now.getTime() - REMOVED_KEPT_MS));
    return this.#report;
  }

  async #assertPresent(): Promise<void> {
    if (await this.#options.repository.store.head(HEADER_NAME)) return;
    throw new DomainError("REPOSITORY_NOT_FOUND", { message: "the storage no longer holds the repository's header" });
  }

  /** Null when it cannot be said what is needed. */
  async #mark(): Promise<LiveNodes | null> {
    const { ledger, repository, signal } = this.#options;
    const needed = await ledger.neededManifests();
    const { live, manifestIds, unreadable } = await markLive(repository, signal);
    const damaged = new Set(unreadable.map(({ manifestId }) => manifestId));
    const gone = needed.filter((manifestId) => !manifestIds.has(manifestId) && !damaged.has(manifestId));
    // Storage that is not mounted looks like one that is empty.
    const stillNeeded = new Set(gone.length > 0 ? await ledger.neededManifests() : []);
    for (const manifestId of gone.filter((id) => stillNeeded.has(id))) {
      unreadable.push({ manifestId, code: "MANIFEST_NOT_FOUND", message: `no manifest ${manifestId}` });
    }
    this.#report.manifests = manifestIds.size;
    this.#report.unreadable = unreadable;
    this.#report.liveNodes = live.size;
    return unreadable.length === 0 ? live : null;
  }

  /** Condemned packs that nobody can count on any more; finishes those that a crash left emptied. */
  async #readyPacks(now: Date, oldestRunningSince: Date | null): Promise<CondemnedPack[]> {
    const ready: CondemnedPack[] = [];
    for await (const pack of this.#options.index.listPacks()) {
      if (pack.state === "emptied") await this.#deleteEmptied(pack);
      if (pack.state !== "condemned" && pack.state !== "gone") continue;
      const { condemnedAt } = pack;
      const waited = condemnedAt !== null && condemnedAt.getTime() + this.#options.graceMs <= now.getTime();
      if (waited && hasPassed(condemnedAt, oldestRunningSince)) ready.push({ ...pack, condemnedAt });
    }
    return ready;
  }

  async #removeReady(ready: CondemnedPack[], live: LiveNodes): Promise<void> {
    const { index, repository, signal, packTargetBytes = PACK_TARGET_BYTES } = this.#options;
    const { store } = repository;
    const moments = new Map(ready.map(({ packId, condemnedAt }) => [packId.toString("hex"), condemnedAt]));
    const rewriter = new PackRewriter({
      store,
      index,
      codecs: repository.codecs(),
      packTargetBytes,
      onMoved: async (packs) => {
        for (const pack of packs) {
          const condemnedAt = moments.get(pack.packId.toString("hex"))!;
          if (await this.#remove({ ...pack, condemnedAt }, live)) this.#report.packsRewritten += 1;
        }
      },
    });
    for (const pack of ready) {
      signal.throwIfAborted();
      const alive = (await index.nodesIn([pack.packId])).filter(({ nodeId }) => live.has(nodeId));
      const aliveBytes = alive.reduce((sum, node) => sum + node.storedBytes, 0);
      if (alive.length === 0) await this.#remove(pack, live);
      else if (pack.state === "gone") continue;
      else if (!this.#isSparse(pack, aliveBytes)) await this.#pardon(pack);
      else await rewriter.move(pack, alive);
    }
    await rewriter.finish();
    this.#report.writtenBytes = rewriter.storedBytes;
  }

  async #pardon(pack: CondemnedPack): Promise<void> {
    if (await this.#options.index.pardon(pack.packId, pack.condemnedAt)) this.#report.packsPardoned += 1;
  }

  /** Not while it holds a node that is alive: one that could not be moved because it is damaged. */
  async #remove(pack: CondemnedPack, live: LiveNodes): Promise<boolean> {
    const { index, assertAlone } = this.#options;
    const left = await index.nodesIn([pack.packId]);
    if (left.some(({ nodeId }) => live.has(nodeId))) return false;
    await assertAlone?.();
    if (!(await index.emptyPack(pack.packId, pack.condemnedAt))) return false;
    await this.#deleteEmptied(pack);
    return true;
  }

  async #deleteEmptied({ packId, storedBytes }: IndexedPack): Promise<void> {
    try {
      await this.#options.repository.store.delete(packName(packId));
    } catch (error) {
      if (!isDomainError(error, "STORAGE_OBJECT_LOCKED")) throw error;
      // The storage keeps it until its lock ends; a round after that removes it, and no other pack waits for it.
      this.#report.packsWaiting += 1;
      this.#report.waitingBytes += storedBytes;
      return;
    }
    await this.#options.index.dropPack(packId);
    this.#report.packsRemoved += 1;
    this.#report.removedBytes += storedBytes;
  }

  async #condemnSparse(live: LiveNodes, now: Date, oldestRunningSince: Date | null): Promise<void> {
    let batch: IndexedPack[] = [];
    let nodes = 0;
    for await (const pack of this.#options.index.listPacks()) {
      if (pack.state === "emptied" || pack.state === "gone") continue;
      if (pack.state === "condemned") {
        this.#report.packsWaiting += 1;
        this.#report.waitingBytes += pack.storedBytes;
        continue;
      }
      this.#report.packsKept += 1;
      // What runs under way have stored is in no manifest yet; to condemn it would only make work.
      if (pack.createdAt >= now || !hasPassed(pack.createdAt, oldestRunningSince)) continue;
      batch.push(pack);
      nodes += pack.nodeCount;
      if (batch.length < PACKS_AT_ONCE && nodes < NODES_AT_ONCE) continue;
      await this.#condemnSparseOf(batch, live);
      batch = [];
      nodes = 0;
    }
    await this.#condemnSparseOf(batch, live);
  }

  async #condemnSparseOf(batch: IndexedPack[], live: LiveNodes): Promise<void> {
    const { index, signal } = this.#options;
    signal.throwIfAborted();
    const aliveBytes = new Map<string, number>();
    for (const { packId, nodeId, storedBytes } of await index.nodesIn(batch.map((pack) => pack.packId))) {
      const name = packId.toString("latin1");
      if (live.has(nodeId)) aliveBytes.set(name, (aliveBytes.get(name) ?? 0) + storedBytes);
    }
    const sparse = batch.filter((pack) => this.#isSparse(pack, aliveBytes.get(pack.packId.toString("latin1")) ?? 0));
    if (sparse.length === 0) return;
    await index.condemn(sparse.map((pack) => pack.packId));
    this.#report.packsCondemned += sparse.length;
    this.#report.packsKept -= sparse.length;
    this.#report.packsWaiting += sparse.length;
    this.#report.waitingBytes += sparse.reduce((sum, pack) => sum + pack.storedBytes, 0);
  }

  /** Compares with the bytes of the pack's nodes, estimated from below, so that a small pack that is all alive is kept. */
  #isSparse({ storedBytes, nodeCount }: IndexedPack, aliveBytes: number): boolean {
    const nodeBytes = storedBytes - PACK_FRAME_BYTES - nodeCount * LIST_ENTRY_BYTES;
    return aliveBytes === 0 || aliveBytes < nodeBytes * this.#sparseShare;
  }
}
