import { deserialize, Timestamp } from "bson";
import type { Db } from "mongodb";
import { BSON_TYPE, BsonCursor } from "../bson/document";

/**
 * A server replaces an empty timestamp at the top level of an inserted document by the present time, `_id` excepted
 * (https://www.mongodb.com/docs/manual/reference/bson-types/#timestamps). Newer servers can be told not to; for others the
 * fields are set back afterwards.
 */
export function zeroTimestampFields(doc: Buffer): string[] {
  let fields: string[] | null = null;
  const cursor = new BsonCursor(doc);
  while (cursor.next()) {
    if (cursor.type !== BSON_TYPE.timestamp || doc.readBigUInt64LE(cursor.start) !== 0n || cursor.nameIs("_id"))
      continue;
    (fields ??= []).push(cursor.name);
  }
  return fields ?? NONE;
}

const NONE: string[] = [];

/** Sets the fields of inserted documents back to Timestamp(0, 0), whatever they are called. */
export async function setZeroTimestamps(
  db: Db,
  collection: string,
  documents: Array<{ document: Buffer; fields: string[] }>,
): Promise<void> {
  for (const { document, fields } of documents) {
    const { _id } = deserialize(document, { promoteValues: false, bsonRegExp: true });
    await db.command({
      update: collection,
      updates: [{ q: { _id: { $eq: _id } }, u: stagesFor(fields) }],
      bypassDocumentValidation: true,
    });
  }
}

/**
 * `$set` takes a dot for a path, and neither an empty name nor one with a dollar. Such fields are found among the names
 * and values of the whole document, which 4.2 and later can (`$setField` is only known from 5.0 on).
 */
function stagesFor(fields: string[]): Array<Map<string, unknown>> {
  const awkward = fields.filter((name) => name === "" || name.includes(".") || name.startsWith("$"));
  const plain = fields.filter((name) => !awkward.includes(name));
  const stages: Array<Map<string, unknown>> = [];
  if (plain.length > 0) stages.push(new Map([["$set", new Map(plain.map((field) => [field, ZERO]))]]));
  if (awkward.length > 0) {
    const isMeant = { $in: ["$$this.k", { $literal: awkward }] };
    const each = { $cond: [isMeant, { k: "$$this.k", v: ZERO }, "$$this"] };
    const changed = { $map: { input: { $objectToArray: "$$ROOT" }, in: each } };
    stages.push(new Map([["$replaceWith", { $arrayToObject: changed }]]));
  }
  return stages;
}

const ZERO = { $literal: new Timestamp({ t: 0, i: 0 }) };
