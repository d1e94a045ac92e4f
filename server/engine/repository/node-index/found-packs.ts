import type { ObjectStore } from "../../storage";
import { packName } from "../pack";
import type { NodeIndex, PackedNode, PackRecord } from "./node-index";

const LOOKUP_BATCH_MAX = 1000;

/** Says of a pack whether the storage has it, asking once for each. */
export function presenceIn(store: ObjectStore): (packId: Buffer) => Promise<boolean> {
  const present = new Map<string, boolean>();
  return async (packId) => {
    const name = packName(packId);
    if (!present.has(name)) present.set(name, (await store.head(name)) !== null);
    return present.get(name)!;
  };
}

/**
 * Takes packs that were found in the storage into an index that may come from before: it may place nodes in packs that were
 * rewritten since and are gone. Those that a found pack holds are there now.
 */
export class FoundPacks {
  constructor(
    readonly index: NodeIndex,
    /** False for a pack that is gone. */
    readonly isPresent: (packId: Buffer) => Promise<boolean>,
  ) {}

  /** Records a pack and moves the nodes to it that only it has. */
  async record(pack: PackRecord): Promise<void> {
    await this.take(pack, await this.lostNodesOf(pack.nodes));
  }

  /** Records a pack, also one that had been removed, and moves these of its nodes to it, wherever they are known to be. */
  async take(pack: PackRecord, lost: PackedNode[]): Promise<void> {
    await this.index.record({ ...pack, found: true });
    if (lost.length > 0) await this.index.record({ ...pack, nodes: lost, supersedes: true });
  }

  /** Those of these nodes whose known place is in a pack that is gone. */
  async lostNodesOf(nodes: PackedNode[]): Promise<PackedNode[]> {
    const lost: PackedNode[] = [];
    for (let at = 0; at < nodes.length; at += LOOKUP_BATCH_MAX) {
      const batch = nodes.slice(at, at + LOOKUP_BATCH_MAX);
      const places = await this.index.lookup(batch.map(({ nodeId }) => nodeId));
      for (const node of batch) {
        const place = places.get(node.nodeId.toString("hex"));
        if (place && !(await this.isPresent(place.packId))) lost.push(node);
      }
    }
    return lost;
  }
}
