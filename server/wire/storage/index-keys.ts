import { elements, findElement, BSON_TYPE, type BsonElement } from "@/server/engine/bson/document";
import { encodeKey, encodeValueKey } from "@/server/engine/bson/key";
import { commandError } from "../command-error";
import type { IndexEntry } from "./catalog-entry";

const NULL_KEY = encodeValueKey(null);
/** An empty array is indexed as undefined, below null, as the server does. */
const UNDEFINED_DOC = Buffer.from([8, 0, 0, 0, BSON_TYPE.undefined, 0x61, 0, 0]);
const UNDEFINED_KEY = encodeKey(UNDEFINED_DOC, findElement(UNDEFINED_DOC, "a")!);

interface FieldKeys {
  keys: Buffer[];
  isArray: boolean;
  exists: boolean;
}

function complement(key: Buffer): Buffer {
  const out = Buffer.allocUnsafe(key.length);
  for (let i = 0; i < key.length; i += 1) out[i] = ~key[i]! & 0xff;
  return out;
}

function collect(doc: Buffer, offset: number, path: string[], depth: number, into: FieldKeys): void {
  const element = findElement(doc, path[depth]!, offset);
  if (!element) {
    into.keys.push(NULL_KEY);
    return;
  }
  collectValue(doc, element, path, depth + 1, into);
}

function collectValue(doc: Buffer, element: BsonElement, path: string[], depth: number, into: FieldKeys): void {
  if (depth === path.length) {
    into.exists = true;
    if (element.type !== BSON_TYPE.array) into.keys.push(encodeKey(doc, element));
    else collectElements(doc, element, into);
    return;
  }
  if (element.type === BSON_TYPE.object) collect(doc, element.start, path, depth, into);
  else if (element.type === BSON_TYPE.array) collectThroughArray(doc, element, path, depth, into);
  else into.keys.push(NULL_KEY);
}

function collectElements(doc: Buffer, array: BsonElement, into: FieldKeys): void {
  into.isArray = true;
  let empty = true;
  for (const item of elements(doc.subarray(array.start, array.end))) {
    empty = false;
    into.keys.push(encodeKey(doc.subarray(array.start, array.end), item));
  }
  if (empty) into.keys.push(UNDEFINED_KEY);
}

function collectThroughArray(doc: Buffer, array: BsonElement, path: string[], depth: number, into: FieldKeys): void {
  into.isArray = true;
  const slice = doc.subarray(array.start, array.end);
  const before = into.keys.length;
  for (const item of elements(slice)) {
    if (item.type === BSON_TYPE.object) collect(slice, item.start, path, depth, into);
    else if (item.name === path[depth]) collectValue(slice, item, path, depth + 1, into);
  }
  const positional = /^\d+$/.test(path[depth]!) ? findElement(slice, path[depth]!) : null;
  if (positional && positional.type === BSON_TYPE.object) collectValue(slice, positional, path, depth + 1, into);
  if (into.keys.length === before) into.keys.push(NULL_KEY);
}

function fieldKeys(doc: Buffer, field: string): FieldKeys {
  const into: FieldKeys = { keys: [], isArray: false, exists: false };
  collect(doc, 0, field.split("."), 0, into);
  return into;
}

function unique(keys: Buffer[]): Buffer[] {
  if (keys.length < 2) return keys;
  const seen = new Map<string, Buffer>();
  for (const key of keys) seen.set(key.toString("latin1"), key);
  return [...seen.values()];
}

export interface DocumentKeys {
  keys: Buffer[];
  multikey: boolean;
}

/**
 * All keys that a document has in an index: the encoded fields one behind another, descending ones complemented. More
 * than one where a field goes through an array; two such fields in one index are refused (171) as on a real server.
 * A sparse index has no key for a document without any of the fields. The partial filter is the caller's.
 */
export function documentKeys(index: IndexEntry, doc: Buffer): DocumentKeys {
  const fields = index.key.map(({ field }) => fieldKeys(doc, field));
  if (index.sparse && fields.every((field) => !field.exists)) return { keys: [], multikey: false };
  if (fields.filter((field) => field.isArray).length > 1 && !sameArray(index)) {
    throw commandError(171, "cannot index parallel arrays");
  }
  let keys: Buffer[] = [Buffer.alloc(0)];
  fields.forEach((field, position) => {
    const descending = index.key[position]!.direction < 0;
    const parts = unique(field.keys).map((key) => (descending ? complement(key) : key));
    keys = keys.flatMap((prefix) => parts.map((part) => Buffer.concat([prefix, part])));
  });
  return { keys, multikey: fields.some((field) => field.isArray) };
}

/** Fields below one common array are not parallel. */
function sameArray(index: IndexEntry): boolean {
  const roots = new Set(index.key.map(({ field }) => field.split(".")[0]));
  return roots.size < index.key.length;
}
