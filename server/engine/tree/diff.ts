import { loadNode } from "./load-node";
import { isLeaf, type ChildRef, type TreeNode } from "./node-codec";
import type { Entry, NodeReader, TreeRoot } from "./types";

/** One key whose document differs; null where a side has none. */
export interface Difference {
  readonly key: Buffer;
  readonly before: Buffer | null;
  readonly after: Buffer | null;
}

/**
 * Every key whose bytes differ between two trees without tombstones, in order of keys. Nodes that both have are not
 * read: k changes cost O(k log n). Both trees must have the same shape for that; the answer is exact in any case.
 */
export async function* diff(reader: NodeReader, before: TreeRoot, after: TreeRoot): AsyncGenerator<Difference> {
  const a = new Cursor(reader, before);
  const b = new Cursor(reader, after);
  while (a.place || b.place) {
    if (await alignNodes(a, b)) continue;
    const x = a.entry;
    const y = b.entry;
    const order = x && y ? Buffer.compare(x.key, y.key) : x ? -1 : 1;
    if (order < 0) yield { key: x!.key, before: x!.doc, after: null };
    else if (order > 0) yield { key: y!.key, before: null, after: y!.doc };
    else if (!sameDocument(x!, y!)) yield { key: x!.key, before: x!.doc, after: y!.doc };
    if (order <= 0) a.next();
    if (order >= 0) b.next();
  }
}

/** Skips a node that both sides stand at, or opens the higher node of the two; false when both stand at entries. */
async function alignNodes(a: Cursor, b: Cursor): Promise<boolean> {
  const x = a.child;
  const y = b.child;
  if (x && y && a.level === b.level && x.id.equals(y.id)) {
    a.next();
    b.next();
    return true;
  }
  if (!x && !y) return false;
  const openA = x !== null && (y === null || a.level >= b.level);
  const openB = y !== null && (x === null || b.level >= a.level);
  await Promise.all([openA ? a.open() : null, openB ? b.open() : null]);
  return true;
}

function sameDocument(x: Entry, y: Entry): boolean {
  return x.doc && y.doc ? x.doc.equals(y.doc) : x.doc === y.doc;
}

/** Stands at a node not yet opened, at an entry, or at the end. */
class Cursor {
  readonly #path: Array<{ node: TreeNode; at: number }> = [];
  #root: { id: Buffer; level: number } | null;

  constructor(
    readonly reader: NodeReader,
    root: TreeRoot,
  ) {
    this.#root = root.id ? { id: root.id, level: root.height - 1 } : null;
  }

  get place(): boolean {
    return this.#root !== null || this.#path.length > 0;
  }

  /** The unopened node that the cursor stands at. */
  get child(): Pick<ChildRef, "id"> | null {
    if (this.#root) return this.#root;
    const top = this.#path.at(-1);
    return top && !isLeaf(top.node) ? top.node.children[top.at]! : null;
  }

  /** The level of `child`. */
  get level(): number {
    return this.#root ? this.#root.level : this.#path.at(-1)!.node.level - 1;
  }

  get entry(): Entry | null {
    const top = this.#path.at(-1);
    return top && isLeaf(top.node) ? top.node.entries[top.at]! : null;
  }

  async open(): Promise<void> {
    const node = await loadNode(this.reader, this.child!.id, this.level);
    this.#root = null;
    this.#path.push({ node, at: 0 });
  }

  next(): void {
    this.#root = null;
    for (let top = this.#path.at(-1); top; top = this.#path.at(-1)) {
      top.at += 1;
      if (top.at < (isLeaf(top.node) ? top.node.entries : top.node.children).length) return;
      this.#path.pop();
    }
  }
}
