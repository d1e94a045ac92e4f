import { createHash } from "node:crypto";
import { boundOf, type Bound } from "../../tree/bound";
import type { ChildRef, LeafNode } from "../../tree/node-codec";
import { assertSound, wrong } from "./verify-tree";

/** A node as the node above it, or a root, describes it. */
export type Expected = Pick<ChildRef, "id" | "documents" | "tombstones" | "bytes"> & { bound: Bound | null };

/** What a part of a tree holds, as far as it was read. */
export interface Facts {
  documents: number;
  tombstones: number;
  bytes: number;
  last: Bound | null;
}

/** Checks the order of keys and the structure of every document. Throws NODE_CORRUPT. */
export function factsOfLeaf(node: LeafNode, id: Buffer): Facts {
  const facts: Facts = { documents: 0, tombstones: 0, bytes: 0, last: null };
  let last: Buffer | null = null;
  for (const { key, doc } of node.entries) {
    if (last && Buffer.compare(last, key) >= 0) throw wrong("keys do not ascend", id);
    last = key;
    if (doc) {
      assertSound(doc, id);
      facts.documents += 1;
      facts.bytes += doc.length;
    } else facts.tombstones += 1;
  }
  return { ...facts, last: last && boundOf(last) };
}

/** What an inner node says of its children, which are compared with it one by one. Throws NODE_CORRUPT. */
export function sumOf(children: readonly ChildRef[], id: Buffer): Facts {
  const facts: Facts = { documents: 0, tombstones: 0, bytes: 0, last: null };
  for (const child of children) {
    const { bound } = child;
    if (facts.last?.exact && bound.exact && Buffer.compare(facts.last.bytes, bound.bytes) >= 0)
      throw wrong("bounds do not ascend", id);
    facts.documents += child.documents;
    facts.tombstones += child.tombstones;
    facts.bytes += child.bytes;
    facts.last = bound;
  }
  return facts;
}

/** Throws NODE_CORRUPT unless a node holds what the node above it says. */
export function compare(expected: Expected, facts: Facts): void {
  const { id, bound } = expected;
  if (countsText(expected) !== countsText(facts)) throw wrong("it does not hold what the node above it counts", id);
  if (bound && facts.last && (bound.exact !== facts.last.exact || !bound.bytes.equals(facts.last.bytes)))
    throw wrong("its last key is not what the node above it says", id);
}

/** Comparable form of the counts. */
export function countsText({
  documents,
  tombstones,
  bytes,
}: Pick<Facts, "documents" | "tombstones" | "bytes">): string {
  return `${documents} ${tombstones} ${bytes}`;
}

/** Eight bytes that tell counts or bounds apart. */
export function digest(what: Buffer | string): Buffer {
  return createHash("sha256").update(what).digest().subarray(0, 8);
}

/** Digests of counts and bound, and the beginning of the first key. */
export function encodeFacts(facts: Facts, first: Buffer): Buffer {
  const begin = first.subarray(0, 16);
  return Buffer.concat([
    digest(countsText(facts)),
    digest(facts.last?.bytes ?? ""),
    Buffer.from([begin.length]),
    begin,
    Buffer.alloc(16 - begin.length),
  ]);
}
