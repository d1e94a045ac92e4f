import { BSON_TYPE, BsonCursor } from "@/server/engine/bson/document";
import { commandError } from "../../command-error";
import { sameBytes } from "../compare";
import { documentOf, FALSE, itemsOf, NULL, Raw, rawArray, rawDocument, rawInt32, TRUE } from "../raw";
import { TreeObject, freeze } from "./tree";

/**
 * The `$v: 2` delta of the oplog. Names are handled as Latin-1 text of their bytes, so that any name survives.
 */
interface NamedValue {
  readonly name: string;
  readonly value: Raw;
}

function namedValues(value: Raw): NamedValue[] {
  const out: NamedValue[] = [];
  const cursor = new BsonCursor(value.buf, value.start, value.end);
  while (cursor.next()) {
    const name = value.buf.toString("latin1", cursor.nameStart, cursor.nameEnd);
    out.push({ name, value: value.at(cursor.type, cursor.start, cursor.end) });
  }
  return out;
}

function objectOf(fields: readonly NamedValue[]): Raw {
  return freeze(
    new TreeObject(fields.map(({ name, value }) => ({ name, nameBytes: Buffer.from(name, "latin1"), value }))),
  );
}

/**
 * The delta that turns `pre` into `post`, or null where only a replacement can: names that occur twice, or an `_id`
 * that changed its value or place among the new fields.
 */
export function computeDiff(pre: Buffer, post: Buffer): Buffer | null {
  const diff = objectDiff(rawDocument(pre), rawDocument(post), true);
  return diff === null ? null : diff.bytes();
}

function objectDiff(pre: Raw, post: Raw, isTop: boolean): Raw | null {
  const before = namedValues(pre);
  const after = namedValues(post);
  const names = new Set(after.map((field) => field.name));
  if (names.size !== after.length || new Set(before.map((field) => field.name)).size !== before.length) return null;
  const removed: NamedValue[] = [];
  const updated: NamedValue[] = [];
  const nested: NamedValue[] = [];
  let at = 0;
  for (const { name, value } of before) {
    const next = after[at];
    if (next === undefined || next.name !== name) {
      if (!names.has(name)) removed.push({ name, value: FALSE });
      if (isTop && name === "_id") return null;
      continue;
    }
    at += 1;
    if (sameBytes(value, next.value)) continue;
    if (isTop && name === "_id") return null;
    const inner = innerDiff(value, next.value);
    if (inner === null) updated.push(next);
    else nested.push({ name: `s${name}`, value: inner });
  }
  const inserted = after.slice(at);
  if (isTop && inserted.some((field) => field.name === "_id")) return null;
  const sections: NamedValue[] = [];
  if (removed.length > 0) sections.push({ name: "d", value: objectOf(removed) });
  if (updated.length > 0) sections.push({ name: "u", value: objectOf(updated) });
  if (inserted.length > 0) sections.push({ name: "i", value: objectOf(inserted) });
  return objectOf([...sections, ...nested]);
}

/** A delta of two containers of one kind, unless the new value itself is smaller. */
function innerDiff(pre: Raw, post: Raw): Raw | null {
  let diff: Raw | null = null;
  if (pre.isObject && post.isObject) diff = objectDiff(pre, post, false);
  else if (pre.isArray && post.isArray) diff = arrayDiff(pre, post);
  return diff === null || diff.end - diff.start >= post.end - post.start ? null : diff;
}

function arrayDiff(pre: Raw, post: Raw): Raw {
  const before = itemsOf(pre);
  const after = itemsOf(post);
  const fields: NamedValue[] = [{ name: "a", value: TRUE }];
  if (after.length < before.length) fields.push({ name: "l", value: rawInt32(after.length) });
  after.forEach((value, index) => {
    const old = before[index];
    if (old !== undefined && sameBytes(old, value)) return;
    const inner = old === undefined ? null : innerDiff(old, value);
    fields.push(inner === null ? { name: `u${index}`, value } : { name: `s${index}`, value: inner });
  });
  return objectOf(fields);
}

function invalid(what: string): Error {
  return commandError(4728000, `invalid update delta: ${what}`);
}

/** Applies a delta as the server replays it. Throws 4728000 for one that breaks the grammar. */
export function applyDiff(doc: Buffer, diff: Buffer): Buffer {
  return applyObjectDiff(rawDocument(doc), rawDocument(diff)).bytes();
}

type Action = { kind: "d" | "u" | "i" | "s"; value: Raw };

function actionsOf(diff: Raw): Map<string, Action> {
  const actions = new Map<string, Action>();
  const add = (name: string, action: Action): void => {
    if (actions.has(name)) throw invalid(`the field ${name} is named twice`);
    actions.set(name, action);
  };
  for (const { name, value } of namedValues(diff)) {
    if (name === "d" || name === "u" || name === "i") {
      if (!value.isObject) throw invalid(`section ${name} is not an object`);
      for (const field of namedValues(value)) add(field.name, { kind: name, value: field.value });
    } else if (name.startsWith("s") && value.isObject) {
      add(name.slice(1), { kind: "s", value });
    } else {
      throw invalid(`unknown section ${name}`);
    }
  }
  return actions;
}

function isArrayDiff(diff: Raw): boolean {
  const [first] = namedValues(diff);
  return first?.name === "a" && first.value.type === BSON_TYPE.bool;
}

function applyObjectDiff(pre: Raw, diff: Raw): Raw {
  const actions = actionsOf(diff);
  const out: NamedValue[] = [];
  const met = new Set<string>();
  for (const { name, value } of namedValues(pre)) {
    const action = actions.get(name);
    if (action === undefined) out.push({ name, value });
    else if (action.kind === "u") out.push({ name, value: action.value });
    else if (action.kind === "s") out.push({ name, value: applyInner(value, action.value) });
    met.add(name);
  }
  for (const [name, { kind, value }] of actions) if (kind === "u" && !met.has(name)) out.push({ name, value });
  for (const [name, { kind, value }] of actions) if (kind === "i") out.push({ name, value });
  return objectOf(out);
}

/** Recurses where the kinds agree; else null, which a later entry overwrites. */
function applyInner(value: Raw | undefined, diff: Raw): Raw {
  const arrays = isArrayDiff(diff);
  if (value === undefined || (arrays ? !value.isArray : !value.isObject)) return NULL;
  return arrays ? applyArrayDiff(value, diff) : applyObjectDiff(value, diff);
}

function applyArrayDiff(pre: Raw, diff: Raw): Raw {
  const items = itemsOf(pre);
  let length: number | null = null;
  for (const { name, value } of namedValues(diff).slice(1)) {
    if (name === "l") {
      length = value.buf.readInt32LE(value.start);
      continue;
    }
    const index = Number(name.slice(1));
    if (!/^[us]\d+$/.test(name)) throw invalid(`unknown array modification ${name}`);
    if (length !== null && index >= length) throw invalid(`index ${index} lies behind the new length`);
    while (items.length < index) items.push(NULL);
    items[index] = name.startsWith("u") ? value : applyInner(items[index], value);
  }
  if (length !== null) {
    items.length = Math.min(items.length, length);
    while (items.length < length) items.push(NULL);
  }
  return rawArray(items);
}

/** The `o` of an oplog entry that carries a delta. */
export function deltaEntry(diff: Buffer): Buffer {
  return documentOf([
    { name: "$v", value: rawInt32(2) },
    { name: "diff", value: new Raw(diff, BSON_TYPE.object, 0, diff.length) },
  ]);
}
