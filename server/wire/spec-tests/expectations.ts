import { MongoBulkWriteError, MongoClientBulkWriteError, MongoError, MongoServerError, type Document } from "mongodb";
import type { Entities, ObservedEvent } from "./entities";
import type { ExpectedError, ExpectedEvents } from "./format";
import { assertMatches } from "./matches";

function fail(message: string): never {
  throw new Error(message);
}

/** Results whose order of keys or class would disturb: errors keep them in several places. */
function partialResult(error: unknown): unknown {
  if (error instanceof MongoClientBulkWriteError) return clientBulkWriteResult(error.partialResult);
  if (error instanceof MongoBulkWriteError) return bulkWriteResult(error.result);
  return error;
}

/** A BulkWriteResult as the tests spell it. */
export function bulkWriteResult(result: MongoBulkWriteError["result"]): Document {
  const { insertedCount, matchedCount, modifiedCount, deletedCount, upsertedCount, upsertedIds, insertedIds } = result;
  return { insertedCount, matchedCount, modifiedCount, deletedCount, upsertedCount, upsertedIds, insertedIds };
}

function clientBulkWriteResult(result: unknown): unknown {
  return result ?? undefined;
}

/** Throws unless the error is the expected one. */
export function assertError(expected: ExpectedError, error: unknown, entities: Entities): void {
  if (!(error instanceof Error)) fail("an error was expected");
  const server = serverErrorOf(error);
  if (expected.isClientError === true && server !== null) fail(`the error came from the server: ${error.message}`);
  if (expected.isClientError === false && server === null) fail(`the error came from the driver: ${error.message}`);
  if (
    expected.errorContains !== undefined &&
    !error.message.toLowerCase().includes(expected.errorContains.toLowerCase())
  ) {
    fail(`the message "${error.message}" does not hold "${expected.errorContains}"`);
  }
  const { code, codeName } = (server ?? error) as { code?: unknown; codeName?: unknown };
  if (expected.errorCode !== undefined && code !== expected.errorCode)
    fail(`the code is ${String(code)}, not ${expected.errorCode}: ${error.message}`);
  if (expected.errorCodeName !== undefined && codeName !== expected.errorCodeName)
    fail(`the code is called ${String(codeName)}`);
  // The driver wraps what the server said to a client bulk write; the labels are on the error inside, as the code is.
  assertLabels(expected, server ?? error);
  if (expected.errorResponse !== undefined)
    assertMatches(expected.errorResponse, server?.errorResponse ?? server, entities, "errorResponse");
  if (expected.expectResult !== undefined) assertMatches(expected.expectResult, partialResult(error), entities);
  assertWriteErrors(expected, error, entities);
}

function serverErrorOf(error: Error): MongoServerError | null {
  if (error instanceof MongoServerError && !(error instanceof MongoClientBulkWriteError)) return error;
  if (error instanceof MongoClientBulkWriteError) {
    return error.cause instanceof MongoServerError ? error.cause : error;
  }
  return null;
}

function assertLabels(expected: ExpectedError, error: Error): void {
  const has = (label: string): boolean => error instanceof MongoError && error.hasErrorLabel(label);
  for (const label of expected.errorLabelsContain ?? [])
    if (!has(label)) fail(`the error has no label ${label}: ${error.message}`);
  for (const label of expected.errorLabelsOmit ?? [])
    if (has(label)) fail(`the error has the label ${label}: ${error.message}`);
}

function assertWriteErrors(expected: ExpectedError, error: Error, entities: Entities): void {
  if (expected.writeErrors === undefined && expected.writeConcernErrors === undefined) return;
  if (!(error instanceof MongoClientBulkWriteError)) fail("an error of a client bulk write was expected");
  if (expected.writeErrors !== undefined) {
    const found = Object.fromEntries(error.writeErrors);
    for (const [index, one] of Object.entries(expected.writeErrors))
      assertMatches(one, found[index], entities, `writeErrors.${index}`);
    if (Object.keys(found).length !== Object.keys(expected.writeErrors).length)
      fail("other write errors than expected");
  }
  if (expected.writeConcernErrors !== undefined) {
    assertMatches(expected.writeConcernErrors, error.writeConcernErrors, entities, "writeConcernErrors");
  }
}

/** Throws unless a client saw the expected events, in order. */
export function assertEvents(expected: ExpectedEvents, entities: Entities): void {
  const isCommand = (expected.eventType ?? "command") === "command";
  const seen = entities.client(expected.client).events.filter(({ name }) => name.startsWith("command") === isCommand);
  if (seen.length < expected.events.length || (seen.length > expected.events.length && !expected.ignoreExtraEvents)) {
    const names = seen.map(({ name, event }) => `${name} ${String(event.commandName ?? "")}`);
    fail(`${expected.events.length} events were expected, not ${seen.length}: ${names.join(", ")}`);
  }
  expected.events.forEach((event, i) => assertEvent(event, seen[i]!, entities, `event ${i}`));
}

function assertEvent(expected: Document, { name, event }: ObservedEvent, entities: Entities, path: string): void {
  const [wanted] = Object.keys(expected);
  if (wanted !== name) fail(`${path} is ${name} ${String(event.commandName ?? "")}, not ${wanted}`);
  const { hasServiceId: _hasServiceId, hasServerConnectionId: _hasId, ...fields } = expected[name] as Document;
  for (const [field, value] of Object.entries(fields)) assertMatches(value, event[field], entities, `${path}.${field}`);
}
