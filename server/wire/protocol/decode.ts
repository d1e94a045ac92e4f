import { Binary, deserialize, Double, Int32, Long } from "bson";
import { findElement, type BsonElement } from "@/server/engine/bson/document";
import { commandError } from "../command-error";

/** A decoded document; numbers stay Int32, Long, Double or Decimal128, so that their type is not lost. */
export type Document = Record<string, unknown>;

const DECODE_OPTIONS = {
  promoteValues: false,
  promoteBuffers: false,
  promoteLongs: false,
  bsonRegExp: true,
  validation: { utf8: false },
} as const;

/** Decodes one document without changing number types; throws InvalidBSON (22). */
export function decodeDocument(bytes: Buffer): Document {
  try {
    return deserialize(bytes, DECODE_OPTIONS) as Document;
  } catch (error) {
    throw commandError(22, error instanceof Error ? error.message : "invalid BSON");
  }
}

/** The name of a BSON value's type as the server's messages spell it. */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "array";
  if (value instanceof Date) return "date";
  const tag = (value as { _bsontype?: string })._bsontype;
  const names: Record<string, string> = {
    Int32: "int",
    Long: "long",
    Double: "double",
    Decimal128: "decimal",
    ObjectId: "objectId",
    Binary: "binData",
    Timestamp: "timestamp",
    BSONRegExp: "regex",
    MinKey: "minKey",
    MaxKey: "maxKey",
  };
  if (tag) return names[tag] ?? "object";
  return typeof value === "number" ? "double" : "object";
}

/** A number of any numeric type as a JS number, or null when it is something else. */
export function toNumber(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (value instanceof Long) return value.toNumber();
  if (typeof value === "bigint") return Number(value);
  if ((value as { _bsontype?: string } | null)?._bsontype === "Decimal128") return Number(String(value));
  return null;
}

/** A numeric field, or the default when absent; TypeMismatch (14) for other types. */
export function numberField(body: Document, name: string, fallback: number): number {
  const value = body[name];
  if (value === undefined || value === null) return fallback;
  const number = toNumber(value);
  if (number === null) throw wrongType(name, value, "[long, int, decimal, double]");
  return number;
}

/** A field that is true, false or a number, as servers accept for flags. */
export function boolField(body: Document, name: string, fallback = false): boolean {
  const value = body[name];
  if (value === undefined || value === null) return fallback;
  if (typeof value === "boolean") return value;
  const number = toNumber(value);
  if (number === null) throw wrongType(name, value, "[bool, long, int, decimal, double]");
  return number !== 0;
}

export function stringField(body: Document, name: string): string {
  const value = body[name];
  if (value === undefined) throw missingField(name);
  if (typeof value !== "string") throw wrongType(name, value, "string");
  return value;
}

export function isDocument(value: unknown): value is Document {
  return typeName(value) === "object" && value !== null && !("_bsontype" in (value as object));
}

export function documentField(body: Document, name: string): Document {
  const value = body[name];
  if (value === undefined || value === null) return {};
  if (!isDocument(value)) throw wrongType(name, value, "object");
  return value;
}

export function wrongType(name: string, value: unknown, expected: string): Error {
  return commandError(14, `BSON field '${name}' is the wrong type '${typeName(value)}', expected type '${expected}'`);
}

export function missingField(name: string): Error {
  return commandError(40414, `BSON field '${name}' is missing but a required field`);
}

/** The bytes of an embedded document or array of a raw document; null when absent or of another type. */
export function rawChild(doc: Buffer, name: string): Buffer | null {
  const element = findElement(doc, name);
  if (!element || (element.type !== 0x03 && element.type !== 0x04)) return null;
  return doc.subarray(element.start, element.end);
}

export function rawElement(doc: Buffer, name: string): BsonElement | null {
  return findElement(doc, name);
}

/** The 16 bytes of a UUID value, or null. */
export function uuidBytes(value: unknown): Buffer | null {
  if (value instanceof Binary && value.position === 16) return Buffer.from(value.buffer.subarray(0, 16));
  return null;
}
