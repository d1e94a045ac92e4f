import { Binary, Long } from "bson";
import { setTimeout as sleep } from "node:timers/promises";
import { DomainError } from "@/server/platform/errors/domain-error";
import { CommandError, commandError } from "../command-error";
import { findCommand } from "../commands/registry";
import type { Command } from "../commands/command";
import { decodeDocument, missingField, type Document } from "../protocol/decode";
import { encodeDocument, NOT_OK, OK, type ReplyDocument } from "../protocol/encode";
import { OP, type Request } from "../protocol/message";
import { toTimestamp } from "../storage/timestamp";
import type { Connection } from "./connection";
import { CommandContext } from "./context";
import { blockTimeMs, failPointError, failPointLabels } from "./fail-points";
import { assertKnownFields } from "./generic-fields";
import { enterSession } from "./enter-session";
import { enterReadConcern } from "./read-concern";
import { labelError, writeConcernLabels } from "./error-labels";
import { awaitWriteConcern } from "./write-concern";
import { runWithTimeLimit } from "./time-limit";

export interface DispatchReply {
  command: string;
  body: Buffer;
}

const NO_SIGNATURE = { hash: new Binary(Buffer.alloc(20), 0), keyId: Long.fromNumber(0) };
/** What happens before a login when users exist (13 for everything else). */
const OP_QUERY_COMMANDS = new Set(["hello", "isMaster", "ismaster"]);

/** Runs one request to its reply. Never throws: what goes wrong is the reply, or "close" for a fail point's wish. */
export async function dispatch(connection: Connection, request: Request): Promise<DispatchReply | "close"> {
  let name = "";
  let ctx: CommandContext | null = null;
  try {
    const body = decodeDocument(request.body);
    name = Object.keys(body)[0] ?? "";
    const db = request.opCode === OP.query ? request.namespace.replace(/\.\$cmd$/, "") : body.$db;
    if (typeof db !== "string") throw missingField("OP_MSG requests require a $db argument; $db");
    if (request.opCode === OP.query && !OP_QUERY_COMMANDS.has(name)) {
      throw commandError(352, "Unsupported OP_QUERY command: " + name + ". The client driver may require an upgrade.");
    }
    ctx = new CommandContext(connection.server, connection, request, name, body, db);
    const result = await run(ctx);
    if (result === "close") return result;
    return { command: name, body: encodeDocument(finish(ctx, result)) };
  } catch (error) {
    return { command: name, body: encodeDocument(finish(ctx, errorReply(connection, ctx, error))) };
  }
}

async function run(ctx: CommandContext): Promise<ReplyDocument | "close"> {
  const { server, connection, body, name, db } = ctx;
  const command = findCommand(name);
  if (!command) throw commandError(59, `no such command: '${name}'`);
  checkDatabase(command, db);
  authorize(ctx, command);
  const failure = server.config.testCommands ? server.failPoints.hit(command.name, connection.appName) : null;
  if (failure) {
    const waitMs = blockTimeMs(failure);
    if (waitMs > 0) await sleep(waitMs);
    if (failure.closeConnection === true) return "close";
    const error = failPointError(failure);
    if (error && !failure.writeConcernError) throw error;
  }
  if (command.fields) assertKnownFields(command, body);
  enterSession(ctx, command);
  enterReadConcern(ctx, command);
  // Its moment must outlive the command, whatever ends meanwhile: a transaction, or the time that an idle pin has.
  const letGo = ctx.snapshot ? server.store.pins.hold(ctx.snapshot) : null;
  ctx.operation = server.operations.begin({
    connectionId: connection.id,
    command: command.name,
    namespace: typeof body[name] === "string" ? `${db}.${String(body[name])}` : `${db}.$cmd`,
    body,
    client: connection.remote,
    appName: connection.appName,
    users: connection.login ? [{ user: connection.login.user, db: connection.login.db }] : [],
    lsid: body.lsid,
  });
  try {
    const result = toPlain(await runWithTimeLimit(ctx, command));
    if (command.writes && (!ctx.transaction || command.name === "commitTransaction"))
      await awaitWriteConcern(ctx, result);
    if (failure?.writeConcernError) result.writeConcernError = failure.writeConcernError;
    const labels = (failure && failPointLabels(failure)) ?? writeConcernLabels(ctx, result);
    if (labels && labels.length > 0) result.errorLabels = labels;
    return result;
  } finally {
    letGo?.();
    server.operations.end(ctx.operation);
  }
}

function toPlain(result: ReplyDocument): Document {
  return result instanceof Map ? Object.fromEntries(result) : result;
}

function checkDatabase(command: Command, db: string): void {
  if (!/^[^/\\. "$*<>:|?\0]{1,63}$/.test(db) && db !== "$external") {
    throw commandError(73, `Invalid database name: '${db}'`);
  }
  if (command.adminOnly && db !== "admin") {
    throw commandError(13, `${command.name} may only be run against the admin database.`);
  }
}

function authorize(ctx: CommandContext, command: Command): void {
  if (command.anonymous || ctx.unrestricted) return;
  if (!ctx.connection.login) throw commandError(13, `Command ${ctx.name} requires authentication`);
  if (command.needs === "anyone") return;
  for (const { target, action } of command.needs(ctx)) {
    if (ctx.may(target, action)) continue;
    throw commandError(
      13,
      `not authorized on ${target === "cluster" ? "admin" : target.db} to execute command { ${ctx.name} }`,
    );
  }
}

/** ok, operationTime and $clusterTime, as a member of a replica set answers. */
function finish(ctx: CommandContext | null, reply: Document | ReplyDocument): ReplyDocument {
  const document = reply as Document;
  if (!ctx) return document;
  const time = toTimestamp(ctx.server.store.lastTime);
  return {
    ...document,
    ...ctx.replyExtras,
    ok: document.ok ?? OK,
    $clusterTime: { clusterTime: time, signature: NO_SIGNATURE },
    operationTime: time,
  };
}

function errorReply(connection: Connection, ctx: CommandContext | null, thrown: unknown): Document {
  const error = toCommandError(thrown);
  if (ctx) labelError(ctx, error);
  return {
    ok: NOT_OK,
    errmsg: error.message,
    code: error.code,
    codeName: error.codeName,
    ...error.extra,
    ...(error.labels.length > 0 && { errorLabels: error.labels }),
  };
}

/** Errors of ours as they are; broken BSON is the client's fault; the rest is a bug, said as one. */
function toCommandError(thrown: unknown): CommandError {
  if (thrown instanceof CommandError) return thrown;
  if (thrown instanceof DomainError && thrown.code === "BSON_INVALID") return commandError(22, thrown.message);
  console.error("wire: command failed unexpectedly", thrown);
  return commandError(1, thrown instanceof Error ? thrown.message : String(thrown));
}
