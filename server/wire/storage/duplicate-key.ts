import { commandError, type CommandError } from "../command-error";
import { decodeDocument, toNumber, typeName, type Document } from "../protocol/decode";
import { keyValueOf } from "../query/index-keys";
import { toValue } from "../query/raw";
import type { CollectionEntry, IndexEntry } from "./catalog-entry";

/** Prints a value the way the server's E11000 text does. */
export function printValue(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[ ${value.map(printValue).join(", ")} ]`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  switch (typeName(value)) {
    case "int":
    case "long":
      return String(value);
    case "double": {
      const number = toNumber(value)!;
      return Number.isInteger(number) ? `${number}.0` : String(number);
    }
    case "decimal":
      return `NumberDecimal("${String(value)}")`;
    case "objectId":
      return `ObjectId('${String(value)}')`;
    case "object":
      if (!("_bsontype" in (value as object))) return printDocument(value as Document);
      return JSON.stringify(value);
    default:
      return JSON.stringify(value);
  }
}

function printDocument(doc: Document): string {
  const fields = Object.entries(doc).map(([name, value]) => `${name}: ${printValue(value)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

/** E11000 with the index, its key pattern and the values that collided. */
export function duplicateKey(entry: CollectionEntry, index: IndexEntry, doc: Buffer): CommandError {
  const keyPattern = decodeDocument(index.key);
  const keyValue = Object.fromEntries(keyValueOf(index.query, doc).map(({ name, value }) => [name, toValue(value)]));
  const text = `E11000 duplicate key error collection: ${entry.namespace} index: ${index.name} dup key: ${printDocument(keyValue)}`;
  return commandError(11000, text, { keyPattern, keyValue });
}
