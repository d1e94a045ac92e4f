import { DomainError } from "@/server/platform/errors/domain-error";
import { compareToBound } from "./bound";
import { rootOf, TreeBuilder } from "./builder";
import { loadNode } from "./load-node";
import { isLeaf, type ChildRef, type LeafNode } from "./node-codec";
import type { Edit, NodeReader, NodeWriter, TreeParams, TreeRoot } from "./types";

/**
 * The root after these edits, which is the root that a build of the resulting documents has. Edits come in ascending
 * order of distinct keys; null removes (a key that is absent is no error). Reads and writes the nodes on the way to the changes and a few
 * beside them: O(k log n). New nodes go to `writer`; only nodes of the old tree are read.
 */
export async function apply(
  reader: NodeReader,
  writer: NodeWriter,
  params: TreeParams,
  root: TreeRoot,
  edits: AsyncIterable<Edit> | Iterable<Edit>,
): Promise<TreeRoot> {
  const cursor = await EditCursor.open(edits);
  if (!cursor.current) return root;
  return rebuild(reader, writer, params, [root], cursor);
}

/**
 * One tree out of several that follow each other in key order, as if it had been built in one pass: ranges of a
 * collection that were built side by side are cut again at each seam until their ends coincide with that pass. The trees' nodes must be readable,
 * so flush the writer that built them first.
 */
export async function join(
  reader: NodeReader,
  writer: NodeWriter,
  params: TreeParams,
  roots: readonly TreeRoot[],
): Promise<TreeRoot> {
  return rebuild(reader, writer, params, roots, await EditCursor.open([]));
}

async function rebuild(
  reader: NodeReader,
  writer: NodeWriter,
  params: TreeParams,
  roots: readonly TreeRoot[],
  edits: EditCursor,
): Promise<TreeRoot> {
  const builder = new TreeBuilder(writer, params);
  const feeder = new Feeder(reader, builder, edits);
  const filled = roots.filter((root) => root.id);
  for (const [i, root] of filled.entries()) await feeder.feedTree(root, i === filled.length - 1);
  await feeder.addEditsBefore(null);
  const root = await builder.finish();
  return builder.rootIsReused ? collapse(reader, root) : root;
}

/** A last node with one child, reused when all before it went away, is not a root: its child is. */
async function collapse(reader: NodeReader, root: TreeRoot): Promise<TreeRoot> {
  let top = root;
  while (top.height > 1) {
    const node = await loadNode(reader, top.id!, top.height - 1);
    if (isLeaf(node) || node.children.length > 1) return top;
    top = rootOf(node.children[0]!, top.height - 1);
  }
  return top;
}

/** Feeds old trees and edits to a builder, whole nodes wherever a build would end them at the same places. */
class Feeder {
  constructor(
    readonly reader: NodeReader,
    readonly builder: TreeBuilder,
    readonly edits: EditCursor,
  ) {}

  async feedTree(root: TreeRoot, isLast: boolean): Promise<void> {
    const node = await loadNode(this.reader, root.id!, root.height - 1);
    if (isLeaf(node)) await this.#feedLeaf(node);
    else await this.#feedChildren(node.children, root.height - 2, isLast);
  }

  /** Adds the edits before `key` that are documents; all that are left for null. */
  async addEditsBefore(key: Buffer | null): Promise<void> {
    for (;;) {
      const edit = this.edits.current;
      if (!edit || (key && Buffer.compare(edit.key, key) >= 0)) return;
      if (edit.doc) await this.builder.add(edit.key, edit.doc);
      await this.edits.advance();
    }
  }

  async #feedChildren(children: readonly ChildRef[], level: number, isLast: boolean): Promise<void> {
    for (const [i, child] of children.entries()) {
      const next = children[i + 1] ?? null;
      const last = isLast && next === null;
      if (this.#isReusable(child, level, next, last)) {
        const written = this.builder.reuse(child, level);
        if (written) await written;
        continue;
      }
      const node = await loadNode(this.reader, child.id, level);
      if (isLeaf(node)) await this.#feedLeaf(node);
      else await this.#feedChildren(node.children, level - 1, last);
    }
  }

  /**
   * A node may be taken whole when one can begin here, no edit falls into it, and it would end where it does: it
   * ended by itself, or what made it end (a huge entry next, the end of the data) is still there.
   */
  #isReusable(child: ChildRef, level: number, next: ChildRef | null, isLast: boolean): boolean {
    if (!this.builder.isAligned(level) || !this.#isUntouched(child)) return false;
    if (child.closed) return true;
    return next ? this.#isUntouched(next) : isLast && this.edits.current === null;
  }

  /** Sure that the next edit comes after this child. */
  #isUntouched(child: ChildRef): boolean {
    const edit = this.edits.current;
    return edit === null || (compareToBound(edit.key, child.bound) ?? 0) > 0;
  }

  async #feedLeaf(leaf: LeafNode): Promise<void> {
    for (const { key, doc } of leaf.entries) {
      await this.addEditsBefore(key);
      const edit = this.edits.current;
      const isEdited = edit?.key.equals(key) ?? false;
      const next = isEdited ? edit!.doc : doc;
      if (next || !isEdited) {
        const written = this.builder.add(key, next);
        if (written) await written;
      }
      if (isEdited) await this.edits.advance();
    }
  }
}

/** The edits one by one, with the next in view. Throws INTERNAL when keys do not ascend. */
class EditCursor {
  current: Edit | null = null;

  private constructor(readonly source: AsyncIterator<Edit> | Iterator<Edit>) {}

  static async open(edits: AsyncIterable<Edit> | Iterable<Edit>): Promise<EditCursor> {
    const source = Symbol.asyncIterator in edits ? edits[Symbol.asyncIterator]() : edits[Symbol.iterator]();
    const cursor = new EditCursor(source);
    await cursor.advance();
    return cursor;
  }

  async advance(): Promise<void> {
    const next = await this.source.next();
    const edit = next.done ? null : next.value;
    if (edit && this.current && Buffer.compare(this.current.key, edit.key) >= 0) {
      throw new DomainError("INTERNAL", { message: "edits must come in ascending order of distinct keys" });
    }
    this.current = edit;
  }
}
