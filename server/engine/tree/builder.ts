import { DomainError } from "@/server/platform/errors/domain-error";
import { boundOf } from "./bound";
import { childBytes, encodeInner, encodeLeaf, entryBytes, type ChildRef } from "./node-codec";
import { endsInner, endsLeaf, isHuge } from "./splitter";
import { EMPTY_ROOT, type Entry, type NodeWriter, type TreeParams, type TreeRoot } from "./types";

/** Children of one inner level that wait for their node to end. */
interface OpenInner {
  children: ChildRef[];
  bytes: number;
  /** The first child the level ever got, and how many: a level that gets one child only has the root as that child. */
  first: ChildRef;
  total: number;
}

/**
 * Builds a tree from entries in ascending order of keys, in one pass, holding one open node for each level. Memory: the entries
 * of one leaf (4 times the target at most, or one huge document) and a few inner nodes.
 */
export class TreeBuilder {
  readonly #writer: NodeWriter;
  readonly #params: TreeParams;
  readonly #storeKeys: boolean;
  #entries: Entry[] = [];
  #leafBytes = 0;
  #lastKey: Buffer | null = null;
  #reused: ChildRef | null = null;
  /** After finish(): true when the root is a node that reuse() gave. */
  rootIsReused = false;
  /** Level 1 at index 0; a hole where only whole nodes of higher levels were reused. */
  readonly #inner: Array<OpenInner | undefined> = [];

  constructor(writer: NodeWriter, params: TreeParams) {
    this.#writer = writer;
    this.#params = params;
    this.#storeKeys = params.keys === "stored";
  }

  /**
   * Adds an entry after all others; null is a tombstone. When a promise comes back, a node is being written: await it
   * before the next call. Both buffers are kept until then and must not change. Throws INTERNAL when keys do not ascend.
   */
  add(key: Buffer, doc: Buffer | null): Promise<void> | undefined {
    if (this.#lastKey && Buffer.compare(this.#lastKey, key) >= 0) {
      throw new DomainError("INTERNAL", { message: "entries must come in ascending order of distinct keys" });
    }
    this.#lastKey = key;
    const bytes = entryBytes(key, doc, this.#storeKeys);
    if (this.#entries.length > 0 && isHuge(bytes, this.#params.leafTargetBytes)) {
      return this.#endLeaf(false).then(() => this.#append(key, doc, bytes));
    }
    return this.#append(key, doc, bytes);
  }

  /** Ends all nodes. The builder is of no use afterwards. */
  async finish(): Promise<TreeRoot> {
    if (this.#entries.length > 0) await this.#endLeaf(false);
    for (let level = 1; level <= this.#inner.length; level += 1) {
      const open = this.#inner[level - 1];
      if (open?.total === 1 && level === this.#inner.length) {
        this.rootIsReused = open.first === this.#reused;
        return rootOf(open.first, level);
      }
      if (open && open.children.length > 0) await this.#endInner(level, false);
    }
    return EMPTY_ROOT;
  }

  /** True when no node of this level or below is open, so that a node of this level may begin here. */
  isAligned(level: number): boolean {
    if (this.#entries.length > 0) return false;
    return this.#inner.slice(0, level).every((open) => !open || open.children.length === 0);
  }

  /**
   * Adds a whole node that exists already. Only where it is aligned, and where a build of its entries would end the
   * node at the same place (apply.ts knows).
   */
  reuse(child: ChildRef, level: number): Promise<void> | undefined {
    this.#lastKey = null;
    this.#reused = child;
    return this.#addChild(child, level + 1);
  }

  #append(key: Buffer, doc: Buffer | null, bytes: number): Promise<void> | undefined {
    const before = this.#leafBytes;
    this.#entries.push({ key, doc });
    this.#leafBytes += bytes;
    return endsLeaf(key, before, bytes, this.#params.leafTargetBytes) ? this.#endLeaf(true) : undefined;
  }

  async #endLeaf(closed: boolean): Promise<void> {
    const entries = this.#entries;
    const content = encodeLeaf(entries, this.#leafBytes, this.#storeKeys);
    this.#entries = [];
    this.#leafBytes = 0;
    let tombstones = 0;
    let bytes = 0;
    for (const { doc } of entries) {
      if (doc) bytes += doc.length;
      else tombstones += 1;
    }
    const bound = boundOf(entries.at(-1)!.key);
    const id = await this.#writer.write(content);
    await this.#addChild({ bound, id, documents: entries.length - tombstones, tombstones, bytes, closed }, 1);
  }

  #addChild(child: ChildRef, level: number): Promise<void> | undefined {
    const open = (this.#inner[level - 1] ??= { children: [], bytes: 0, first: child, total: 0 });
    const before = open.bytes;
    const bytes = childBytes(child);
    open.total += 1;
    open.children.push(child);
    open.bytes += bytes;
    const target = this.#params.innerTargetBytes;
    const ends = endsInner(child.bound.bytes, level, open.children.length, before, bytes, target);
    return ends ? this.#endInner(level, true) : undefined;
  }

  async #endInner(level: number, byItself: boolean): Promise<void> {
    const open = this.#inner[level - 1]!;
    const { children } = open;
    const content = encodeInner(level, children, open.bytes);
    open.children = [];
    open.bytes = 0;
    const last = children.at(-1)!;
    const parent = { documents: 0, tombstones: 0, bytes: 0 };
    for (const child of children) {
      parent.documents += child.documents;
      parent.tombstones += child.tombstones;
      parent.bytes += child.bytes;
    }
    const id = await this.#writer.write(content);
    await this.#addChild({ ...parent, bound: last.bound, id, closed: byItself && last.closed }, level + 1);
  }
}

/** The root whose topmost node is `child`, a node of level `height - 1`. */
export function rootOf(child: ChildRef, height: number): TreeRoot {
  const { id, documents, tombstones, bytes } = child;
  return { id, documents, tombstones, bytes, height };
}

/**
 * The root that these entries have: `write` of the writer may store nodes or only work out their ids. Entries come in
 * ascending order of keys.
 */
export async function buildTree(
  entries: AsyncIterable<Entry> | Iterable<Entry>,
  writer: NodeWriter,
  params: TreeParams,
): Promise<TreeRoot> {
  const builder = new TreeBuilder(writer, params);
  for await (const { key, doc } of entries) {
    const written = builder.add(key, doc);
    if (written) await written;
  }
  return builder.finish();
}
