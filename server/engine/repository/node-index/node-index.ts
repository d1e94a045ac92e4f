/**
 * Where nodes are: the port between the repository and whatever keeps the index (rows, LMDB, memory). An index can be
 * thrown away and rebuilt, for every pack ends with the list of its own nodes; the packs are the truth.
 */
export interface NodeIndex {
  /** The known ones among these ids, by id in hex. Asked in batches of some hundred. */
  lookup(ids: Buffer[]): Promise<Map<string, NodeLocation>>;
  /**
   * Remembers all nodes of one pack, all or none, durably when it resolves. Called only after the pack is durable. May be
   * called again with the same pack. A node keeps the place that it has, unless that is in a condemned pack, or the pack supersedes it.
   * Whoever records counts on the pack: one that was condemned, because it was found before, is kept from then on. A pack that
   * garbage collection removed stays removed, and nothing is remembered of it, unless it was found in the storage: then it
   * is condemned from the start, for a collector may be about to remove it.
   */
  record(pack: PackRecord): Promise<void>;
  /** Whether any pack that it places nodes in is known to be gone from the storage. */
  hasGonePacks(): Promise<boolean>;
}

export interface NodeLocation {
  /** 16 bytes; the pack's object name is made from it. */
  packId: Buffer;
  /** First byte of the stored node in the pack. */
  offset: number;
  /** Length as stored: compressed, encrypted, with nonce and tag. */
  storedBytes: number;
  /** Length of the node's content. */
  contentBytes: number;
  /**
   * Its pack is to be removed once nobody counts on it. Whoever reads may use the place; whoever writes takes the node for
   * unknown and stores it again.
   */
  condemned?: boolean;
  /** Its pack, which then is condemned too, is not in the storage any more: unless it comes back, the node cannot be read. */
  gone?: boolean;
}

/** True for a place that a new snapshot may count on. */
export function isLasting(location: NodeLocation | undefined): boolean {
  return location !== undefined && !location.condemned;
}

export interface PackRecord {
  packId: Buffer;
  /** Length of the whole pack object. */
  storedBytes: number;
  nodes: PackedNode[];
  /** The places that these nodes had are damaged: they move here in any case. */
  supersedes?: boolean;
  /** Its list was read from the storage: where garbage collection had removed it, it has come back. */
  found?: boolean;
}

export type PackedNode = { nodeId: Buffer } & Omit<NodeLocation, "packId" | "condemned" | "gone">;
