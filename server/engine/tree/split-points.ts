import { loadNode } from "./load-node";
import { isLeaf } from "./node-codec";
import type { NodeReader, TreeRoot } from "./types";

/**
 * Documents that cut a tree into parts of about `everyBytes`: each is the first one of a part, the first part has none.
 * Reads inner nodes, and one leaf for each part. Throws NODE_MISSING, NODE_CORRUPT.
 */
export async function* splitPoints(reader: NodeReader, root: TreeRoot, everyBytes: number): AsyncGenerator<Buffer> {
  if (root.id && root.height > 1) yield* new Walk(reader, everyBytes).below(root.id, root.height - 1);
}

class Walk {
  #sinceLast = 0;

  constructor(
    readonly reader: NodeReader,
    readonly everyBytes: number,
  ) {}

  async *below(id: Buffer, level: number): AsyncGenerator<Buffer> {
    const node = await loadNode(this.reader, id, level);
    if (isLeaf(node)) return;
    for (const child of node.children) {
      if (level > 1) {
        yield* this.below(child.id, level - 1);
        continue;
      }
      if (this.#sinceLast >= this.everyBytes) {
        this.#sinceLast = 0;
        const leaf = await loadNode(this.reader, child.id, 0);
        const first = isLeaf(leaf) ? leaf.entries[0]?.doc : null;
        if (first) yield first;
      }
      this.#sinceLast += child.bytes;
    }
  }
}
