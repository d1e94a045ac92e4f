import type { ObjectStore } from "../../storage";
import { packName } from "../pack";
import type { NodeIndex, PackedNode, PackRecord } from "./node-index";

const LOOKUP_BATCH_MAX = 1000;

/**
 * Takes packs that were found in the storage into an index that may come from before: it may place nodes in packs that were
 * rewritten since and are gone. Those that a found pack holds are there now.
 */
export class FoundPacks {
  /** Whether packs that found ones share nodes with are in the storage, by name. */
  readonly #present = new Map<string, boolean>();

  constructor(
    readonly store: ObjectStore,
    readonly index: NodeIndex,
  ) {}

  /** Records a pack and moves the nodes to it that only it has. True when there were any. */
  async record(pack: PackRecord): Promise<boolean> {
    const lost = await this.lostNodesOf(pack.nodes);
    await this.index.record(pack);
    if (lost.length > 0) await this.index.record({ ...pack, nodes: lost, supersedes: true });
    return lost.length > 0;
  }

  /** Those of these nodes whose known place is in a pack that is gone. */
  async lostNodesOf(nodes: PackedNode[]): Promise<PackedNode[]> {
    const lost: PackedNode[] = [];
    for (let at = 0; at < nodes.length; at += LOOKUP_BATCH_MAX) {
      const batch = nodes.slice(at, at + LOOKUP_BATCH_MAX);
      const places = await this.index.lookup(batch.map(({ nodeId }) => nodeId));
      for (const node of batch) {
        const place = places.get(node.nodeId.toString("hex"));
        if (place && !(await this.#isPresent(place.packId))) lost.push(node);
      }
    }
    return lost;
  }

  async #isPresent(packId: Buffer): Promise<boolean> {
    const name = packName(packId);
    if (!this.#present.has(name)) this.#present.set(name, (await this.store.head(name)) !== null);
    return this.#present.get(name)!;
  }
}
