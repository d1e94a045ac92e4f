import { PACKS_AT_ONCE, type CollectableIndex } from "../node-index/collectable-index";
import { FoundPacks } from "../node-index/found-packs";
import { surveyPacks } from "../node-index/pack-survey";
import type { Repository } from "../repository";
import { LiveNodes } from "./live-nodes";

/**
 * Moves the nodes that the index places in packs that are gone to packs in the storage that hold copies of them: two runs
 * at once may have stored the same, and the index has one place for each node. A pack with such copies only looks as if
 * nobody needed it. The packs must be condemned before, so that whoever records a copy from then on moves its node itself.
 * Reads the list of every pack, unless nothing is placed in those that are gone; one whose list is damaged is passed over.
 * Memory: 11 to 23 bytes for each node in gone packs. Throws what storage and index throw, and the signal's reason.
 */
export async function findCopies(
  repository: Repository,
  index: CollectableIndex,
  gonePackIds: Buffer[],
  signal: AbortSignal,
): Promise<void> {
  const lost = await nodesIn(index, gonePackIds);
  if (lost.size === 0) return;
  const gone = new Set(gonePackIds.map((packId) => packId.toString("hex")));
  const found = new FoundPacks(index, async (packId) => !gone.has(packId.toString("hex")));
  for await (const finding of surveyPacks(repository, { signal })) {
    if (finding.kind !== "listed") continue;
    const { pack } = finding;
    const copies = await found.lostNodesOf(pack.nodes.filter(({ nodeId }) => lost.has(nodeId)));
    if (copies.length > 0) await found.take(pack, copies);
  }
}

async function nodesIn(index: CollectableIndex, packIds: Buffer[]): Promise<LiveNodes> {
  const nodes = new LiveNodes();
  for (let at = 0; at < packIds.length; at += PACKS_AT_ONCE) {
    for (const { nodeId } of await index.nodesIn(packIds.slice(at, at + PACKS_AT_ONCE))) nodes.add(nodeId);
  }
  return nodes;
}
