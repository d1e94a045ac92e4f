import { decodeNode, isLeaf } from "../tree/node-codec";
import type { NodeReader, TreeRoot } from "../tree";
import { nodeGone, nodeMissing } from "./node-codec";
import type { NodeIndex } from "./node-index/node-index";

const LOOKUP_BATCH_MAX = 256;

/**
 * Throws NODE_MISSING unless the index knows every node of the tree, with the pack's id for one that lay in a pack that is
 * gone. A place in a condemned pack will do: the pack waits for whoever found the node there before it was condemned, and
 * all later ones stored it again. Inner nodes are read (one for some 250 leaves), leaves are only looked up.
 */
export async function assertTreeKnown(reader: NodeReader, index: NodeIndex, root: TreeRoot): Promise<void> {
  if (!root.id) return;
  await assertKnown(index, [root.id]);
  let level = [root.id];
  for (let height = root.height; height > 1; height -= 1) {
    const below: Buffer[] = [];
    for (let i = 0; i < level.length; i += LOOKUP_BATCH_MAX) {
      const contents = await Promise.all(level.slice(i, i + LOOKUP_BATCH_MAX).map((id) => reader.read(id)));
      const children = contents.map(decodeNode).flatMap((node) => (isLeaf(node) ? [] : node.children));
      const ids = children.map(({ id }) => id);
      await assertKnown(index, ids);
      if (height > 2) below.push(...ids.map((id) => Buffer.from(id)));
    }
    level = below;
  }
}

async function assertKnown(index: NodeIndex, ids: Buffer[]): Promise<void> {
  for (let i = 0; i < ids.length; i += LOOKUP_BATCH_MAX) {
    const batch = ids.slice(i, i + LOOKUP_BATCH_MAX);
    const known = await index.lookup(batch);
    for (const id of batch) {
      const place = known.get(id.toString("hex"));
      if (!place) throw nodeMissing(id, "it was never stored");
      if (place.gone) throw nodeGone(id, place.packId);
    }
  }
}
