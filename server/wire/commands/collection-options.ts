import { elements } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { decodeDocument, isDocument, rawChild, toNumber, type Document } from "../protocol/decode";
import { encodeDocument, RawValue } from "../protocol/encode";
import { compileFilter, parseCollation } from "../query";
import type { CommandContext } from "../runtime/context";

/** Options that are kept as listCollections shows them, in the order in which they came. */
const KEPT = new Set(
  "capped size max storageEngine validator validationLevel validationAction indexOptionDefaults collation changeStreamPreAndPostImages clusteredIndex expireAfterSeconds recordPreImages flags".split(
    " ",
  ),
);
const LEVELS = ["off", "strict", "moderate"];
const ACTIONS = ["error", "warn", "errorAndLog"];

function assertCapped(body: Document): void {
  const size = toNumber(body.size);
  const max = toNumber(body.max);
  if (body.capped !== true) {
    if (body.size !== undefined || body.max !== undefined) {
      throw commandError(72, `The 'size' and 'max' fields may only be specified for capped collections`);
    }
    return;
  }
  if (body.size === undefined) throw commandError(72, "the 'size' field is required when 'capped' is true");
  if (size === null || size <= 0)
    throw commandError(51024, `BSON field 'size' value must be >= 1, actual value '${size}'`);
  if (body.max !== undefined && max === null) throw commandError(14, "BSON field 'create.max' is the wrong type");
}

/** A validator must parse; level and action are from fixed lists. */
export function assertValidator(raw: Buffer | null, body: Document): void {
  if (raw) compileFilter(raw);
  const { validationLevel, validationAction } = body;
  if (validationLevel !== undefined && !LEVELS.includes(String(validationLevel))) {
    throw commandError(
      2,
      `Enumeration value '${String(validationLevel)}' for field 'validationLevel' is not a valid value.`,
    );
  }
  if (validationAction !== undefined && !ACTIONS.includes(String(validationAction))) {
    throw commandError(
      2,
      `Enumeration value '${String(validationAction)}' for field 'validationAction' is not a valid value.`,
    );
  }
}

/** Collations are shown with all their settings, as the server fills them in. */
function completeCollation(raw: Buffer): Buffer | null {
  const given = decodeDocument(raw);
  if (raw.length <= 5 || given.locale === "simple") return null;
  parseCollation(raw);
  return encodeDocument({
    locale: given.locale,
    caseLevel: given.caseLevel ?? false,
    caseFirst: given.caseFirst ?? "off",
    strength: given.strength ?? 3,
    numericOrdering: given.numericOrdering ?? false,
    alternate: given.alternate ?? "non-ignorable",
    maxVariable: given.maxVariable ?? "punct",
    normalization: given.normalization ?? false,
    backwards: given.backwards ?? false,
    version: given.version ?? "57.1",
  });
}

function clusteredIndex(value: unknown): Document | true {
  if (value === true) return true;
  if (!isDocument(value)) throw commandError(14, "BSON field 'create.clusteredIndex' is the wrong type");
  return { v: 2, key: { _id: 1 }, name: value.name ?? "_id_", unique: true };
}

/** The options that a create command carries, checked, and its idIndex. */
export function readCollectionOptions(ctx: CommandContext): { options: Buffer; idIndex: Buffer | null } {
  const { raw, body } = ctx;
  assertCapped(body);
  assertValidator(rawChild(raw, "validator"), body);
  const options = new Map<string, unknown>();
  let collation: Buffer | null = null;
  for (const { name, type, start, end } of elements(raw)) {
    if (!KEPT.has(name)) continue;
    if (name === "capped" && body.capped !== true) continue;
    if (name === "clusteredIndex") options.set(name, clusteredIndex(body.clusteredIndex));
    else if (name === "collation") {
      collation = completeCollation(raw.subarray(start, end));
      if (collation) options.set(name, RawValue.document(collation));
    } else options.set(name, new RawValue(type, raw.subarray(start, end)));
  }
  const given = rawChild(raw, "idIndex");
  if (given) return { options: encodeDocument(options), idIndex: readIdIndex(given) };
  const idIndex = collation
    ? encodeDocument({ v: 2, key: { _id: 1 }, name: "_id_", collation: RawValue.document(collation) })
    : null;
  return { options: encodeDocument(options), idIndex };
}

/** `v`, `key` and `name` first, whatever the order in which they came; `v` is 2 where nothing is said. */
function readIdIndex(raw: Buffer): Buffer {
  const { key, name } = decodeDocument(raw);
  if (!isDocument(key) || Object.keys(key).join() !== "_id" || (name !== undefined && name !== "_id_")) {
    throw commandError(2, "The field 'idIndex' must be the specification of an _id index");
  }
  const fields = new Map<string, unknown>([
    ["v", 2],
    ["key", undefined],
    ["name", "_id_"],
  ]);
  for (const field of elements(raw)) {
    if (field.name !== "ns") fields.set(field.name, new RawValue(field.type, raw.subarray(field.start, field.end)));
  }
  return encodeDocument(fields);
}
