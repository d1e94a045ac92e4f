import { isDeepStrictEqual } from "node:util";
import { EJSON } from "bson";
import { ReadPreference, type MongoBulkWriteError, type MongoClient, type Document } from "mongodb";
import { Entities } from "./entities";
import { assertError, assertEvents, bulkWriteResult } from "./expectations";
import type { CollectionData, Operation, SpecFile, SpecTest } from "./format";
import { assertMatches } from "./matches";
import { runOperation } from "./operations";

/**
 * Runs one test of a file against the server at `uri`: data, entities, operations, events, outcome. `admin` is the
 * runner's own client for preparing and checking. Throws when anything differs.
 */
export async function runTest(file: SpecFile, test: SpecTest, uri: string, admin: MongoClient): Promise<void> {
  for (const data of file.initialData ?? []) await fill(admin, data);
  const entities = new Entities(uri);
  const failPoints = test.operations
    .filter(({ name }) => name === "failPoint")
    .map(({ arguments: args }) => args?.failPoint as Document);
  try {
    await entities.create(file.createEntities ?? []);
    for (const operation of test.operations) await step(operation, entities, admin);
    for (const observed of entities.clients()) observed.stopListening();
    for (const expected of test.expectEvents ?? []) assertEvents(expected, entities);
    for (const data of test.outcome ?? []) await assertOutcome(admin, data);
  } finally {
    for (const { configureFailPoint } of failPoints)
      await admin.db("admin").command({ configureFailPoint, mode: "off" });
    await entities.close();
  }
}

async function fill(admin: MongoClient, data: CollectionData): Promise<void> {
  const db = admin.db(data.databaseName, { writeConcern: { w: "majority" } });
  await db.dropCollection(data.collectionName);
  if (data.documents.length === 0 || data.createOptions)
    await db.createCollection(data.collectionName, data.createOptions);
  if (data.documents.length > 0)
    await db.collection(data.collectionName).insertMany(data.documents.map((doc) => ({ ...doc })));
}

async function step(operation: Operation, entities: Entities, admin: MongoClient): Promise<void> {
  let result: unknown;
  try {
    result = await runOperation(operation, entities, admin);
  } catch (error) {
    if (operation.ignoreResultAndError) return;
    if (!operation.expectError) throw error;
    assertError(operation.expectError, error, entities);
    return;
  }
  if (operation.ignoreResultAndError) return;
  if (operation.expectError) throw new Error(`${operation.name} should have failed`);
  if (operation.saveResultAsEntity !== undefined) entities.set(operation.saveResultAsEntity, result);
  if (operation.expectResult !== undefined) assertMatches(operation.expectResult, plain(result), entities);
}

/** `didUpsert` is the driver's own addition to the results of the specification. */
function withoutDidUpsert(results: unknown): void {
  if (!(results instanceof Map)) return;
  for (const one of (results as Map<number, { didUpsert?: boolean }>).values()) delete one.didUpsert;
}

/** Results as the tests spell them. */
function plain(result: unknown): unknown {
  withoutDidUpsert((result as { updateResults?: unknown } | null | undefined)?.updateResults);
  const isBulkWrite = (result as object | null | undefined)?.constructor?.name === "BulkWriteResult";
  return isBulkWrite ? bulkWriteResult(result as MongoBulkWriteError["result"]) : result;
}

async function assertOutcome(admin: MongoClient, data: CollectionData): Promise<void> {
  const collection = admin.db(data.databaseName).collection(data.collectionName);
  const options = { readPreference: ReadPreference.primary, readConcern: { level: "local" } } as const;
  const found = await collection.find({}, options).sort({ _id: 1 }).toArray();
  const text = (docs: readonly Document[]): unknown => JSON.parse(EJSON.stringify(docs));
  if (!isDeepStrictEqual(text(found), text(data.documents))) {
    throw new Error(`${data.collectionName} holds ${EJSON.stringify(found)}, not ${EJSON.stringify(data.documents)}`);
  }
}
