import { BSON_TYPE, BsonCursor } from "@/server/engine/bson/document";
import { Raw } from "../raw";

/**
 * A document under change. Containers are taken apart only on the way to a change; everything else stays a view of the
 * bytes it came in, names included, and is copied as it was.
 */
export type Node = Raw | TreeObject | TreeArray;

export interface TreeField {
  readonly name: string;
  /** The name as it was stored, which need not be valid UTF-8. */
  readonly nameBytes: Buffer | null;
  value: Node;
}

export class TreeObject {
  constructor(readonly fields: TreeField[]) {}

  static of(value: Raw): TreeObject {
    const fields: TreeField[] = [];
    const cursor = new BsonCursor(value.buf, value.start, value.end);
    while (cursor.next()) {
      fields.push({
        name: cursor.name,
        nameBytes: value.buf.subarray(cursor.nameStart, cursor.nameEnd),
        value: value.at(cursor.type, cursor.start, cursor.end),
      });
    }
    return new TreeObject(fields);
  }

  find(name: string): TreeField | undefined {
    return this.fields.find((field) => field.name === name);
  }

  /** Replaces in place or appends. */
  set(name: string, value: Node): void {
    const field = this.find(name);
    if (field) field.value = value;
    else this.fields.push({ name, nameBytes: null, value });
  }

  remove(name: string): void {
    const at = this.fields.findIndex((field) => field.name === name);
    if (at >= 0) this.fields.splice(at, 1);
  }
}

export class TreeArray {
  constructor(readonly items: Node[]) {}

  static of(value: Raw): TreeArray {
    const items: Node[] = [];
    const cursor = new BsonCursor(value.buf, value.start, value.end);
    while (cursor.next()) items.push(value.at(cursor.type, cursor.start, cursor.end));
    return new TreeArray(items);
  }
}

/** The node with its top level taken apart; scalars stay as they are. */
export function open(node: Node): Node {
  if (!(node instanceof Raw)) return node;
  if (node.isObject) return TreeObject.of(node);
  return node.isArray ? TreeArray.of(node) : node;
}

/** The bytes of a node, as a value. */
export function freeze(node: Node): Raw {
  if (node instanceof Raw) return node;
  if (node instanceof TreeObject) {
    const fields = node.fields.map((field) => ({
      name: field.nameBytes ?? Buffer.from(field.name, "utf8"),
      value: freeze(field.value),
    }));
    return write(BSON_TYPE.object, fields);
  }
  const items = node.items.map((item, index) => ({ name: Buffer.from(String(index), "latin1"), value: freeze(item) }));
  return write(BSON_TYPE.array, items);
}

function write(type: number, fields: readonly { name: Buffer; value: Raw }[]): Raw {
  let length = 5;
  for (const { name, value } of fields) length += 2 + name.length + value.end - value.start;
  const out = Buffer.allocUnsafe(length);
  out.writeInt32LE(length, 0);
  let at = 4;
  for (const { name, value } of fields) {
    out[at++] = value.type;
    at += name.copy(out, at);
    out[at++] = 0;
    at += value.buf.copy(out, at, value.start, value.end);
  }
  out[at] = 0;
  return new Raw(out, type, 0, length);
}
