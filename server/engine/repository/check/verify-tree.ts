import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { assertDocument } from "../../bson/document";
import { boundOf, type Bound } from "../../tree/bound";
import { decodeNode, isLeaf, type ChildRef, type LeafNode } from "../../tree/node-codec";
import { prefetch } from "../../tree/prefetch";
import type { NodeReader, TreeRoot } from "../../tree";

const PREFETCH_BYTES = 16 * 1024 * 1024;

/** What is found out about a tree: called for each node that was read and each thing that is wrong. */
export interface TreeVisitor {
  node(bytes: number, documents: number): void;
  problem(error: unknown): void;
}

/** What a part of a tree really holds. */
interface Tally {
  documents: number;
  tombstones: number;
  bytes: number;
  lastKey: Buffer | null;
}

/**
 * Reads every node of a tree and checks what the reader cannot: levels, keys strictly ascending inside and across
 * nodes, bounds, counts and sizes as parents and root state them, every document's structure. A node that cannot be read is a problem of its own
 * and does not stop the walk.
 */
export async function verifyTree(
  reader: NodeReader,
  root: TreeRoot,
  isBase: boolean,
  visitor: TreeVisitor,
  signal: AbortSignal,
): Promise<void> {
  if (!root.id) {
    if (root.documents + root.tombstones + root.bytes + root.height > 0) visitor.problem(wrong("an empty root counts"));
    return;
  }
  const walk = new Walk(reader, visitor, signal);
  const { id, documents, tombstones, bytes } = root;
  await walk.child({ id, documents, tombstones, bytes, bound: null }, root.height - 1);
  if (isBase && tombstones > 0) visitor.problem(wrong("the base has tombstones"));
}

type Expected = Pick<ChildRef, "id" | "documents" | "tombstones" | "bytes"> & { bound: Bound | null };

class Walk {
  #lastKey: Buffer | null = null;

  constructor(
    readonly reader: NodeReader,
    readonly visitor: TreeVisitor,
    readonly signal: AbortSignal,
  ) {}

  async child(expected: Expected, level: number): Promise<Tally | null> {
    return this.#check(expected, level, await this.#load(expected));
  }

  async #load({ id }: Expected): Promise<Buffer | null> {
    this.signal.throwIfAborted();
    try {
      return await this.reader.read(id);
    } catch (error) {
      if (!isDomainError(error, "NODE_MISSING") && !isDomainError(error, "NODE_CORRUPT")) throw error;
      this.visitor.problem(error);
      return null;
    }
  }

  /** Null when the node or something below could not be read, so that nothing can be said about its sums. */
  async #check(expected: Expected, level: number, content: Buffer | null): Promise<Tally | null> {
    if (!content) return null;
    let tally: Tally | null;
    try {
      const node = decodeNode(content);
      if (node.level !== level) throw wrong(`level ${node.level} where ${level} belongs`, expected.id);
      tally = isLeaf(node) ? this.#leaf(node, expected.id) : await this.#inner(node.children, level);
      this.visitor.node(content.length, isLeaf(node) ? node.entries.length : 0);
    } catch (error) {
      if (!isDomainError(error)) throw error;
      this.visitor.problem(error);
      return null;
    }
    if (tally) this.#compare(expected, tally);
    return tally;
  }

  #leaf(node: LeafNode, id: Buffer): Tally {
    const tally: Tally = { documents: 0, tombstones: 0, bytes: 0, lastKey: null };
    for (const { key, doc } of node.entries) {
      if (this.#lastKey && Buffer.compare(this.#lastKey, key) >= 0) throw wrong("keys do not ascend", id);
      this.#lastKey = key;
      if (doc) {
        assertSound(doc, id);
        tally.documents += 1;
        tally.bytes += doc.length;
      } else tally.tombstones += 1;
    }
    return { ...tally, lastKey: this.#lastKey };
  }

  async #inner(children: readonly ChildRef[], level: number): Promise<Tally | null> {
    const sum: Tally = { documents: 0, tombstones: 0, bytes: 0, lastKey: null };
    let isWhole = true;
    const contents = prefetch(children, {
      limitBytes: level === 1 ? PREFETCH_BYTES : 1,
      weigh: (child) => child.bytes,
      start: async (child) => ({ child, content: await this.#load(child) }),
    });
    for await (const { child, content } of contents) {
      const tally = await this.#check(child, level - 1, content);
      if (!tally) isWhole = false;
      sum.documents += tally?.documents ?? 0;
      sum.tombstones += tally?.tombstones ?? 0;
      sum.bytes += tally?.bytes ?? 0;
      sum.lastKey = tally?.lastKey ?? null;
    }
    return isWhole ? sum : null;
  }

  #compare(expected: Expected, tally: Tally): void {
    const { id, bound } = expected;
    if (expected.documents !== tally.documents || expected.tombstones !== tally.tombstones) {
      this.visitor.problem(wrong("it does not hold as many documents as its parent says", id));
    }
    if (expected.bytes !== tally.bytes)
      this.visitor.problem(wrong("its documents are not as long as its parent says", id));
    if (!bound || !tally.lastKey) return;
    const actual = boundOf(tally.lastKey);
    if (actual.exact !== bound.exact || !actual.bytes.equals(bound.bytes)) {
      this.visitor.problem(wrong("its last key is not what its parent says", id));
    }
  }
}

/** Throws NODE_CORRUPT naming the node when a document is not well-formed. */
export function assertSound(doc: Buffer, id: Buffer): void {
  try {
    assertDocument(doc);
  } catch (error) {
    throw isDomainError(error, "BSON_INVALID") ? wrong(`a document is damaged: ${error.message}`, id) : error;
  }
}

/** An error about a node whose bytes are right and whose content is not. */
export function wrong(what: string, id?: Buffer): DomainError {
  if (!id) return new DomainError("NODE_CORRUPT", { message: what, params: { what } });
  const nodeId = id.toString("hex");
  return new DomainError("NODE_CORRUPT", { message: `node ${nodeId}: ${what}`, params: { nodeId, what } });
}
