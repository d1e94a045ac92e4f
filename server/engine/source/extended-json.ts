import { deserialize, EJSON } from "bson";
import { BSON_TYPE, BsonCursor } from "../bson/document";

/**
 * Options and index specifications as canonical Extended JSON v2, with the order of their keys kept. EJSON of the bson
 * package goes through plain objects, which put names like "1" first; the order of an index's keys is its meaning.
 */

/** A document with ordered names; what it holds are values of the `bson` package, arrays and further documents. */
export type OrderedDocument = Map<string, unknown>;

/** The text of one raw document. Duplicate names are kept. */
export function toExtendedJson(doc: Buffer, offset = 0): string {
  return textOf(doc, offset, false);
}

function textOf(doc: Buffer, offset: number, isArray: boolean): string {
  const parts: string[] = [];
  const cursor = new BsonCursor(doc, offset);
  while (cursor.next()) {
    const nested = cursor.type === BSON_TYPE.object || cursor.type === BSON_TYPE.array;
    const value = nested
      ? textOf(doc, cursor.start, cursor.type === BSON_TYPE.array)
      : scalarText(doc.subarray(cursor.elementStart, cursor.nameStart), doc.subarray(cursor.start, cursor.end));
    parts.push(isArray ? value : `${JSON.stringify(cursor.name)}:${value}`);
  }
  return isArray ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}

/** Wraps one value as `{"v": value}` and lets the bson package print it. */
function scalarText(type: Buffer, value: Buffer): string {
  const wrapped = Buffer.alloc(4 + 1 + 2 + value.length + 1);
  wrapped.writeInt32LE(wrapped.length, 0);
  type.copy(wrapped, 4);
  wrapped.write("v", 5, "latin1");
  value.copy(wrapped, 7);
  const text = EJSON.stringify(deserialize(wrapped, { promoteValues: false, bsonRegExp: true }), { relaxed: false });
  return text.slice('{"v":'.length, -1);
}

/** The names that begin a scalar in canonical form; every other object is a document. */
const SCALAR_NAMES = new Set([
  ...["$oid", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal", "$date", "$binary", "$timestamp"],
  ...["$regularExpression", "$symbol", "$code", "$undefined", "$minKey", "$maxKey", "$dbPointer"],
]);

/** Reads the text back. Throws SyntaxError when it is not JSON. */
export function fromExtendedJson(text: string): OrderedDocument {
  const reader = new JsonReader(text);
  const value = toBson(reader.document());
  if (!(value instanceof Map)) throw new SyntaxError("not a document");
  return value;
}

type JsonNode = JsonObject | JsonNode[] | string | number | boolean | null;
class JsonObject {
  readonly members: Array<[string, JsonNode]> = [];
}

function toBson(node: JsonNode): unknown {
  if (Array.isArray(node)) return node.map(toBson);
  if (!(node instanceof JsonObject)) return node;
  const first = node.members[0]?.[0];
  if (first !== undefined && SCALAR_NAMES.has(first)) {
    return EJSON.deserialize(toPlain(node) as never, { relaxed: false });
  }
  return new Map(node.members.map(([name, value]) => [name, toBson(value)]));
}

function toPlain(node: JsonNode): unknown {
  if (Array.isArray(node)) return node.map(toPlain);
  if (!(node instanceof JsonObject)) return node;
  return Object.fromEntries(node.members.map(([name, value]) => [name, toPlain(value)]));
}

/** JSON with the members of objects in their written order. Scalars are left to JSON.parse. */
class JsonReader {
  #at = 0;
  constructor(private readonly text: string) {}

  document(): JsonNode {
    const value = this.#value();
    this.#space();
    if (this.#at !== this.text.length) throw new SyntaxError(`unexpected text at ${this.#at}`);
    return value;
  }

  #space(): void {
    while (/\s/.test(this.text[this.#at] ?? "")) this.#at += 1;
  }

  #take(character: string): boolean {
    this.#space();
    if (this.text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw new SyntaxError(`expected ${character} at ${this.#at}`);
  }

  #value(): JsonNode {
    if (this.#take("{")) return this.#object();
    if (this.#take("[")) return this.#array();
    const scalar = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
    scalar.lastIndex = this.#at;
    const found = scalar.exec(this.text);
    if (!found) throw new SyntaxError(`unexpected text at ${this.#at}`);
    this.#at = scalar.lastIndex;
    return JSON.parse(found[0]) as JsonNode;
  }

  #object(): JsonObject {
    const object = new JsonObject();
    if (this.#take("}")) return object;
    do {
      const name = this.#value();
      if (typeof name !== "string") throw new SyntaxError(`expected a name at ${this.#at}`);
      this.#expect(":");
      object.members.push([name, this.#value()]);
    } while (this.#take(","));
    this.#expect("}");
    return object;
  }

  #array(): JsonNode[] {
    const list: JsonNode[] = [];
    if (this.#take("]")) return list;
    do list.push(this.#value());
    while (this.#take(","));
    this.#expect("]");
    return list;
  }
}
