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

/** Sets the fields of inserted documents back to Timestamp(0, 0). */
export async function setZeroTimestamps(
  db: Db,
  collection: string,
  documents: Array<{ document: Buffer; fields: string[] }>,
): Promise<void> {
  const zero = new Timestamp({ t: 0, i: 0 });
  for (const { document, fields } of documents) {
    const { _id } = deserialize(document, { promoteValues: false, bsonRegExp: true });
    const set = new Map(fields.map((field) => [field, new Map([["$literal", zero]])]));
    await db.command({
      update: collection,
      updates: [{ q: { _id: { $eq: _id } }, u: [new Map([["$set", set]])] }],
      bypassDocumentValidation: true,
    });
  }
}
