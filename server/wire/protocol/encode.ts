import { Double, serialize } from "bson";

/** A value of a reply that is already BSON: its type byte and its bytes, copied as they are. */
export class RawValue {
  constructor(
    readonly type: number,
    readonly bytes: Buffer,
  ) {}

  /** A whole stored document as a value. */
  static document(bytes: Buffer): RawValue {
    return new RawValue(0x03, bytes);
  }
}

/** An array of stored documents; a batch of a cursor. */
export class RawArray {
  constructor(readonly documents: readonly Buffer[]) {}
}

export type ReplyDocument = Record<string, unknown> | Map<string, unknown>;

const END = Buffer.from([0]);
const INDEX_NAMES_MAX = 4096;
const indexNames: Buffer[] = [];

/** `type byte + "17\0"`-style heads of array elements are asked for constantly, so the common ones are kept. */
function arrayHead(index: number): Buffer {
  const known = indexNames[index];
  if (known) return known;
  const head = Buffer.from(`\x03${index}\0`, "latin1");
  if (index < INDEX_NAMES_MAX) indexNames[index] = head;
  return head;
}

function lengthPrefix(parts: Buffer[], from: number): void {
  let total = 0;
  for (let i = from; i < parts.length; i += 1) total += parts[i]!.length;
  parts[from]!.writeInt32LE(total, 0);
}

function elementHead(type: number, name: string): Buffer {
  const nameBytes = Buffer.byteLength(name, "utf8");
  const head = Buffer.allocUnsafe(nameBytes + 2);
  head[0] = type;
  head.write(name, 1, "utf8");
  head[nameBytes + 1] = 0;
  return head;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  if ("_bsontype" in value) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function appendArray(parts: Buffer[], values: readonly unknown[]): void {
  const from = parts.length;
  parts.push(Buffer.allocUnsafe(4));
  values.forEach((value, index) => appendElement(parts, String(index), value === undefined ? null : value));
  parts.push(END);
  lengthPrefix(parts, from);
}

function appendRawArray(parts: Buffer[], documents: readonly Buffer[]): void {
  const from = parts.length;
  parts.push(Buffer.allocUnsafe(4));
  for (let i = 0; i < documents.length; i += 1) parts.push(arrayHead(i), documents[i]!);
  parts.push(END);
  lengthPrefix(parts, from);
}

function appendElement(parts: Buffer[], name: string, value: unknown): void {
  if (value === undefined) return;
  if (value instanceof RawValue) {
    parts.push(elementHead(value.type, name), value.bytes);
  } else if (value instanceof RawArray) {
    parts.push(elementHead(0x04, name));
    appendRawArray(parts, value.documents);
  } else if (Array.isArray(value)) {
    parts.push(elementHead(0x04, name));
    appendArray(parts, value);
  } else if (value instanceof Map || isPlainObject(value)) {
    parts.push(elementHead(0x03, name));
    appendDocument(parts, value as ReplyDocument);
  } else {
    const wrapped = serialize(new Map([[name, value]]), { ignoreUndefined: true });
    parts.push(Buffer.from(wrapped.buffer, wrapped.byteOffset + 4, wrapped.length - 5));
  }
}

function appendDocument(parts: Buffer[], doc: ReplyDocument): void {
  const from = parts.length;
  parts.push(Buffer.allocUnsafe(4));
  const entries = doc instanceof Map ? doc.entries() : Object.entries(doc);
  for (const [name, value] of entries) appendElement(parts, name, value);
  parts.push(END);
  lengthPrefix(parts, from);
}

/**
 * Encodes a document that may hold stored documents (RawValue, RawArray) anywhere; those are copied, never decoded.
 * Order is kept; a Map is a document whose names may look like numbers. Undefined fields are left out.
 */
export function encodeDocument(doc: ReplyDocument): Buffer {
  const parts: Buffer[] = [];
  appendDocument(parts, doc);
  return Buffer.concat(parts);
}

/** Encodes one value: the type byte and its bytes. */
export function encodeValue(value: unknown): RawValue {
  const wrapped = encodeDocument(new Map([["", value]]));
  return new RawValue(wrapped[4]!, wrapped.subarray(6, wrapped.length - 1));
}

export const OK = new Double(1);
export const NOT_OK = new Double(0);
