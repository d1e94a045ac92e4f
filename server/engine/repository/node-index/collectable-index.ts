import type { NodeIndex, PackRecord } from "./node-index";

/** How many packs `nodesIn` is asked for at once. */
export const PACKS_AT_ONCE = 64;

/**
 * What garbage collection needs of an index beside lookups. A pack's states, in order:
 *
 * - kept: writers count on its nodes.
 * - condemned: `record` moves its nodes elsewhere when they are stored again; lookups say so. `condemnedAt` is null until
 *   the condemnation is settled, that is, until a moment is known at which everybody could see it.
 * - gone: somebody else removed its object. As condemned, and lookups say that what was in it cannot be read. It keeps its places,
 *   for it may come back: then it is kept.
 * - emptied: no node is known to be in it any more; its object may still be there.
 * - removed: the object is gone too. The pack's id is remembered for a while, so that a writer who was asleep for a day
 *   cannot bring back a pack that does not exist. One that does exist is taken in again by whoever found it.
 *
 * Every change is durable when it resolves, and each names the state that it starts from, so that a collector who was
 * asleep changes nothing that another has decided since.
 */
export interface CollectableIndex extends NodeIndex {
  /** All packs that are not removed, each once; those that come meanwhile may be missing. */
  listPacks(): AsyncIterable<IndexedPack>;
  /** The nodes whose place is in one of these packs. Asked for PACKS_AT_ONCE packs at most. */
  nodesIn(packIds: Buffer[]): Promise<PlacedNode[]>;
  /** Those of these packs that the index has in no state. */
  unknownPacks(packIds: Buffer[]): Promise<Buffer[]>;
  /** Those of these packs that were removed: they came back where the storage has them, as after it was restored to an earlier time. */
  removedPacks(packIds: Buffer[]): Promise<Buffer[]>;
  /**
   * Like `record`, for a pack that was found in the storage and that the index has in no state, or, when it says `found`, as emptied or
   * removed: it is condemned from the start. Its writer may be slow rather than dead; should it still call `record`, the pack is kept. Were it not, the
   * writer's nodes would stay at places in packs that were condemned before it began, and go with them.
   */
  recordFound(pack: PackRecord): Promise<void>;
  /** kept -> condemned, not settled. Every lookup that begins afterwards says so. */
  condemn(packIds: Buffer[]): Promise<void>;
  /** condemned -> gone. What other packs hold copies of has its places there by then. */
  markGone(packIds: Buffer[]): Promise<void>;
  /** gone -> kept. */
  keepReturned(packIds: Buffer[]): Promise<void>;
  /** Gives all condemned and gone packs that have none yet their `condemnedAt`: now, by the clock of the runs' `startedAt`. */
  settleCondemned(): Promise<void>;
  /** condemned -> kept, where its `condemnedAt` is still this one. */
  pardon(packId: Buffer, condemnedAt: Date): Promise<boolean>;
  /** condemned or gone -> emptied, where its `condemnedAt` is still this one; forgets what is in it. */
  emptyPack(packId: Buffer, condemnedAt: Date): Promise<boolean>;
  /** emptied -> removed. */
  dropPack(packId: Buffer): Promise<void>;
  /** Forgets removed packs that were condemned before this moment. */
  forgetRemoved(before: Date): Promise<void>;
}

export interface IndexedPack {
  packId: Buffer;
  /** Length of the object. */
  storedBytes: number;
  /** How many nodes its own list has; some may have another place. */
  nodeCount: number;
  createdAt: Date;
  state: "kept" | "condemned" | "gone" | "emptied";
  condemnedAt: Date | null;
}

export interface PlacedNode {
  nodeId: Buffer;
  packId: Buffer;
  offset: number;
  storedBytes: number;
  contentBytes: number;
}
