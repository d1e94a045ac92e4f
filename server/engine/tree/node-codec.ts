import { DomainError } from "@/server/platform/errors/domain-error";
import { documentLength } from "../bson/document";
import { encodeIdKey } from "../bson/key";
import { LONG_BOUND_BYTES, PREFIX_BYTES, type Bound } from "./bound";
import { NODE_ID_BYTES, type Entry } from "./types";
import { ByteReader, varintBytes, writeVarint } from "./varint";

/**
 * Nodes as bytes; docs/repository-format.md has the layout. Each node begins with the version of its format and its
 * level, so that old nodes stay readable when a later version comes.
 */
export const NODE_FORMAT_VERSION = 1;
const HEADER_BYTES = 6;

const ENTRY = { document: 0, keyedDocument: 1, tombstone: 2 } as const;
const CHILD = { longBound: 1, closed: 2 } as const;

/** A child as its parent lists it. */
export interface ChildRef {
  readonly bound: Bound;
  readonly id: Buffer;
  readonly documents: number;
  readonly tombstones: number;
  readonly bytes: number;
  /** True when it and the nodes on its right edge ended by themselves, not because of what comes after them. */
  readonly closed: boolean;
}

export interface LeafNode {
  readonly level: 0;
  readonly entries: readonly Entry[];
}

export interface InnerNode {
  readonly level: number;
  readonly children: readonly ChildRef[];
}

export type TreeNode = LeafNode | InnerNode;

export function isLeaf(node: TreeNode): node is LeafNode {
  return node.level === 0;
}

/** The encoded length of a leaf's entry: what its distance is counted in. */
export function entryBytes(key: Buffer, doc: Buffer | null, storeKey: boolean): number {
  const keyPart = doc === null || storeKey ? varintBytes(key.length) + key.length : 0;
  return 1 + keyPart + (doc?.length ?? 0);
}

/** `bytes` is the sum of entryBytes. The result has memory of its own, so that it can be given to another thread. */
export function encodeLeaf(entries: readonly Entry[], bytes: number, storeKeys: boolean): Buffer {
  const node = Buffer.allocUnsafeSlow(HEADER_BYTES + bytes);
  let at = writeHeader(node, 0, entries.length);
  for (const { key, doc } of entries) {
    const withKey = doc === null || storeKeys;
    node[at++] = doc === null ? ENTRY.tombstone : withKey ? ENTRY.keyedDocument : ENTRY.document;
    if (withKey) {
      at = writeVarint(node, key.length, at);
      at += key.copy(node, at);
    }
    if (doc) at += doc.copy(node, at);
  }
  return node;
}

/** The encoded length of an inner node's entry. */
export function childBytes(child: ChildRef): number {
  const { bound, documents, tombstones, bytes } = child;
  const boundBytes = bound.exact ? varintBytes(bound.bytes.length) + bound.bytes.length : LONG_BOUND_BYTES;
  return 1 + boundBytes + NODE_ID_BYTES + varintBytes(documents) + varintBytes(tombstones) + varintBytes(bytes);
}

/** `bytes` is the sum of childBytes. */
export function encodeInner(level: number, children: readonly ChildRef[], bytes: number): Buffer {
  const node = Buffer.allocUnsafeSlow(HEADER_BYTES + bytes);
  let at = writeHeader(node, level, children.length);
  for (const child of children) {
    node[at++] = (child.bound.exact ? 0 : CHILD.longBound) | (child.closed ? CHILD.closed : 0);
    if (child.bound.exact) at = writeVarint(node, child.bound.bytes.length, at);
    at += child.bound.bytes.copy(node, at);
    at += child.id.copy(node, at);
    at = writeVarint(node, child.documents, at);
    at = writeVarint(node, child.tombstones, at);
    at = writeVarint(node, child.bytes, at);
  }
  return node;
}

function writeHeader(node: Buffer, level: number, count: number): number {
  node[0] = NODE_FORMAT_VERSION;
  node[1] = level;
  return node.writeUInt32LE(count, 2);
}

/** The level of a node and how many entries it has, without decoding them. */
export function nodeHead(content: Buffer): { level: number; count: number } {
  return { level: content[1]!, count: content.readUInt32LE(2) };
}

/** An error about a node's content. */
export function corruptNode(what: string): DomainError {
  return new DomainError("NODE_CORRUPT", { message: `node: ${what}`, params: { what } });
}

/** Reads a node; documents and keys are views of `content`. Throws NODE_CORRUPT, also for a version from the future. */
export function decodeNode(content: Buffer): TreeNode {
  const reader = new ByteReader(content, corruptNode);
  const version = reader.byte();
  if (version !== NODE_FORMAT_VERSION) throw corruptNode(`format version ${version} is unknown`);
  const level = reader.byte();
  const count = reader.uint32();
  if (count === 0) throw corruptNode("empty");
  const node: TreeNode =
    level === 0 ? { level, entries: readEntries(reader, count) } : { level, children: readChildren(reader, count) };
  if (!reader.atEnd) throw corruptNode("bytes follow the last entry");
  return node;
}

function readEntries(reader: ByteReader, count: number): Entry[] {
  const entries: Entry[] = [];
  for (let i = 0; i < count; i += 1) {
    const kind = reader.byte();
    if (kind > ENTRY.tombstone) throw corruptNode(`entry kind ${kind} is unknown`);
    const key = kind === ENTRY.document ? null : reader.slice(reader.varint());
    const doc = kind === ENTRY.tombstone ? null : readDocument(reader);
    entries.push(key ? { key, doc } : new IdEntry(doc!));
  }
  return entries;
}

function readDocument(reader: ByteReader): Buffer {
  let length: number;
  try {
    length = documentLength(reader.bytes, reader.at);
  } catch (error) {
    throw new DomainError("NODE_CORRUPT", { message: "node: a document is damaged", cause: error });
  }
  return reader.slice(length);
}

/** An entry whose key is worked out from its document when somebody asks for it. */
class IdEntry implements Entry {
  #key: Buffer | null = null;

  constructor(readonly doc: Buffer) {}

  get key(): Buffer {
    return (this.#key ??= encodeIdKey(this.doc));
  }
}

function readChildren(reader: ByteReader, count: number): ChildRef[] {
  const children: ChildRef[] = [];
  for (let i = 0; i < count; i += 1) {
    const flags = reader.byte();
    if (flags > (CHILD.longBound | CHILD.closed)) throw corruptNode(`child flags ${flags} are unknown`);
    const exact = (flags & CHILD.longBound) === 0;
    const length = exact ? reader.varint() : LONG_BOUND_BYTES;
    if (exact && length > PREFIX_BYTES) throw corruptNode("a bound is longer than it may be");
    const bytes = reader.slice(length);
    children.push({
      bound: { bytes, exact },
      id: reader.slice(NODE_ID_BYTES),
      documents: reader.varint(),
      tombstones: reader.varint(),
      bytes: reader.varint(),
      closed: (flags & CHILD.closed) !== 0,
    });
  }
  return children;
}
