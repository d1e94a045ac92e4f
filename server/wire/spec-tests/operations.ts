import type { MongoClient } from "mongodb";
import { type AnyBulkWriteOperation, type AnyClientBulkWriteModel, type Document } from "mongodb";
import type { Entities } from "./entities";
import type { EntitySpec, Operation } from "./format";

interface Call {
  readonly entities: Entities;
  readonly object: string;
  /** Arguments without `session`, which is in the options. */
  readonly args: Document;
  /** What is left of the arguments once `take` has named its own. */
  take(...names: string[]): { values: unknown[]; options: Document };
  readonly admin: MongoClient;
}

type Run = (call: Call) => Promise<unknown>;

/** find, insertOne and the like on a collection: own arguments by name, the rest as options. */
function onCollection(
  names: readonly string[],
  run: (collection: ReturnType<Entities["collection"]>, ...values: never[]) => unknown,
): Run {
  return async (call) => {
    const { values, options } = call.take(...names);
    return run(call.entities.collection(call.object), ...([...values, options] as never[]));
  };
}

const RETURN_DOCUMENT: Record<string, string> = { After: "after", Before: "before" };

function findAndModifyOptions(options: Document): Document {
  const wanted = options.returnDocument as string | undefined;
  return wanted ? { ...options, returnDocument: RETURN_DOCUMENT[wanted] } : options;
}

function clientModel(model: Document): AnyClientBulkWriteModel<Document> {
  const [name] = Object.keys(model);
  return { name, ...(model[name!] as Document) } as unknown as AnyClientBulkWriteModel<Document>;
}

const collectionOperations: Record<string, Run> = {
  find: onCollection(["filter"], (c, filter, options) => c.find(filter, options).toArray()),
  findOne: onCollection(["filter"], (c, filter, options) => c.findOne(filter, options)),
  insertOne: onCollection(["document"], (c, document, options) => c.insertOne(document, options)),
  insertMany: onCollection(["documents"], (c, documents, options) => c.insertMany(documents, options)),
  updateOne: onCollection(["filter", "update"], (c, filter, update, options) => c.updateOne(filter, update, options)),
  updateMany: onCollection(["filter", "update"], (c, filter, update, options) => c.updateMany(filter, update, options)),
  replaceOne: onCollection(["filter", "replacement"], (c, filter, doc, options) => c.replaceOne(filter, doc, options)),
  deleteOne: onCollection(["filter"], (c, filter, options) => c.deleteOne(filter, options)),
  deleteMany: onCollection(["filter"], (c, filter, options) => c.deleteMany(filter, options)),
  findOneAndUpdate: onCollection(["filter", "update"], (c, filter, update, options) =>
    c.findOneAndUpdate(filter, update, findAndModifyOptions(options)),
  ),
  findOneAndReplace: onCollection(["filter", "replacement"], (c, filter, doc, options) =>
    c.findOneAndReplace(filter, doc, findAndModifyOptions(options)),
  ),
  findOneAndDelete: onCollection(["filter"], (c, filter, options) => c.findOneAndDelete(filter, options)),
  bulkWrite: onCollection(["requests"], (c, requests: AnyBulkWriteOperation[], options) =>
    c.bulkWrite(requests, options),
  ),
  aggregate: onCollection(["pipeline"], (c, pipeline, options) => c.aggregate(pipeline, options).toArray()),
  distinct: onCollection(["fieldName", "filter"], (c, field, filter, options) =>
    c.distinct(field, filter ?? {}, options),
  ),
  countDocuments: onCollection(["filter"], (c, filter, options) => c.countDocuments(filter, options)),
  estimatedDocumentCount: onCollection([], (c, options) => c.estimatedDocumentCount(options)),
  count: onCollection(["filter"], (c, filter, options) => c.count(filter, options)),
  createIndex: onCollection(["keys"], (c, keys, options) => c.createIndex(keys, options)),
  dropIndex: onCollection(["name"], (c, name, options) => c.dropIndex(name, options)),
  dropIndexes: onCollection([], (c, options) => c.dropIndexes(options)),
  listIndexes: onCollection([], (c, options) => c.listIndexes(options).toArray()),
  createSearchIndex: onCollection(["model"], (c, model) => c.createSearchIndex(model)),
  createSearchIndexes: onCollection(["models"], (c, models) => c.createSearchIndexes(models)),
  dropSearchIndex: onCollection(["name"], (c, name) => c.dropSearchIndex(name)),
  updateSearchIndex: onCollection(["name", "definition"], (c, name, definition) =>
    c.updateSearchIndex(name, definition),
  ),
  listSearchIndexes: onCollection(["name", "aggregationOptions"], (c, name, options) =>
    c.listSearchIndexes(name, options).toArray(),
  ),
};

function commandCursor(call: Call) {
  const { values, options } = call.take(
    "command",
    "commandName",
    "batchSize",
    "maxTimeMS",
    "comment",
    "cursorType",
    "readPreference",
  );
  const [command, , batchSize, maxTimeMS, comment] = values as [Document, string, number?, number?, unknown?];
  const cursor = call.entities.database(call.object).runCursorCommand(command, options);
  if (batchSize !== undefined) cursor.setBatchSize(batchSize);
  if (maxTimeMS !== undefined) cursor.setMaxTimeMS(maxTimeMS);
  if (comment !== undefined) cursor.setComment(comment);
  return cursor;
}

const databaseOperations: Record<string, Run> = {
  aggregate: async (call) => {
    const { values, options } = call.take("pipeline");
    return call.entities
      .database(call.object)
      .aggregate(values[0] as Document[], options)
      .toArray();
  },
  runCommand: async (call) => {
    const { values, options } = call.take("command", "commandName");
    return call.entities.database(call.object).command(values[0] as Document, options);
  },
  runCursorCommand: async (call) => commandCursor(call).toArray(),
  createCommandCursor: async (call) => {
    const cursor = commandCursor(call);
    // Drivers open the cursor when it is made; ours does at the first read.
    await cursor.hasNext();
    return cursor;
  },
  createCollection: async (call) => {
    const { values, options } = call.take("collection");
    return call.entities.database(call.object).createCollection(String(values[0]), options);
  },
  dropCollection: async (call) => {
    const { values, options } = call.take("collection");
    return call.entities.database(call.object).dropCollection(String(values[0]), options);
  },
  listCollections: async (call) => {
    const { values, options } = call.take("filter");
    return call.entities
      .database(call.object)
      .listCollections((values[0] ?? {}) as Document, options)
      .toArray();
  },
  modifyCollection: async (call) => {
    const { values, options } = call.take("collection");
    return call.entities.database(call.object).command({ collMod: values[0], ...options });
  },
};

const clientOperations: Record<string, Run> = {
  clientBulkWrite: async (call) => {
    const { values, options } = call.take("models");
    const { client } = call.entities.client(call.object);
    return client.bulkWrite((values[0] as Document[]).map(clientModel), options);
  },
  listDatabases: async (call) =>
    call.entities.client(call.object).client.db("admin").admin().listDatabases(call.take().options),
  close: async (call) => call.entities.client(call.object).client.close(),
};

const sessionOperations: Record<string, Run> = {
  startTransaction: async (call) => call.entities.session(call.object).startTransaction(call.args),
  commitTransaction: async (call) => call.entities.session(call.object).commitTransaction(),
  abortTransaction: async (call) => call.entities.session(call.object).abortTransaction(),
  endSession: async (call) => call.entities.session(call.object).endSession(),
  getSnapshotTime: async (call) =>
    (call.entities.session(call.object) as unknown as { snapshotTime: unknown }).snapshotTime,
  withTransaction: async (call) => {
    const { values, options } = call.take("callback");
    const steps = values[0] as Operation[];
    return call.entities.session(call.object).withTransaction(async () => {
      for (const step of steps) await runOperation(step, call.entities, call.admin);
    }, options);
  },
};

const cursorOperations: Record<string, Run> = {
  iterateOnce: async (call) => call.entities.cursor(call.object).tryNext(),
  iterateUntilDocumentOrError: async (call) => call.entities.cursor(call.object).next(),
  close: async (call) => call.entities.cursor(call.object).close(),
};

function fail(message: string): never {
  throw new Error(message);
}

function lastLsids(call: Call): [unknown, unknown] {
  const commands = call.entities.client(String(call.args.client)).commands.slice(-2);
  if (commands.length < 2) fail("fewer than two commands were sent");
  return commands.map(({ command }) => String((command.lsid as { id: { toString(): string } }).id)) as [string, string];
}

async function collectionNames(call: Call): Promise<string[]> {
  const { databaseName } = call.args;
  const list = await call.admin.db(String(databaseName)).listCollections({}, { nameOnly: true }).toArray();
  return list.map(({ name }) => name);
}

const runnerOperations: Record<string, Run> = {
  failPoint: async (call) => call.admin.db("admin").command(call.args.failPoint as Document),
  createEntities: async (call) => call.entities.create(call.args.entities as EntitySpec[]),
  assertSessionDirty: async (call) =>
    call.entities.session(String(call.args.session)).serverSession.isDirty || fail("the session is not dirty"),
  assertSessionNotDirty: async (call) =>
    !call.entities.session(String(call.args.session)).serverSession.isDirty || fail("the session is dirty"),
  assertSameLsidOnLastTwoCommands: async (call) => {
    const [a, b] = lastLsids(call);
    if (a !== b) fail(`different lsids: ${String(a)}, ${String(b)}`);
  },
  assertDifferentLsidOnLastTwoCommands: async (call) => {
    const [a, b] = lastLsids(call);
    if (a === b) fail(`the same lsid twice: ${String(a)}`);
  },
  assertNumberConnectionsCheckedOut: async (call) => {
    const { connectionsInUse } = call.entities.client(String(call.args.client));
    if (connectionsInUse !== call.args.connections) fail(`${connectionsInUse} connections are in use`);
  },
  assertCollectionExists: async (call) => {
    if (!(await collectionNames(call)).includes(String(call.args.collectionName)))
      fail("the collection does not exist");
  },
  assertCollectionNotExists: async (call) => {
    if ((await collectionNames(call)).includes(String(call.args.collectionName))) fail("the collection exists");
  },
};

function tableFor(operation: Operation, entities: Entities): Record<string, Run> {
  if (operation.object === "testRunner") return runnerOperations;
  const entity = entities.value(operation.object) as { collectionName?: unknown; databaseName?: unknown };
  const kind = Object.getPrototypeOf(entity).constructor.name as string;
  if (kind === "Collection") return collectionOperations;
  if (kind === "Db") return databaseOperations;
  if (kind === "ObservedClient") return clientOperations;
  return kind === "ClientSession" ? sessionOperations : cursorOperations;
}

/** Runs one operation through the driver and gives its result. Throws what the driver throws. */
export async function runOperation(operation: Operation, entities: Entities, admin: MongoClient): Promise<unknown> {
  const run = tableFor(operation, entities)[operation.name];
  if (run === undefined)
    throw new Error(`the runner does not know the operation ${operation.name} on ${operation.object}`);
  const args: Document = { ...operation.arguments };
  if (typeof args.session === "string" && operation.object !== "testRunner")
    args.session = entities.session(args.session);
  const take = (...names: string[]): { values: unknown[]; options: Document } => ({
    values: names.map((name) => args[name] as unknown),
    options: Object.fromEntries(Object.entries(args).filter(([name]) => !names.includes(name))),
  });
  return run({ entities, object: operation.object, args, take, admin });
}
