import { Binary } from "bson";
import { randomUUID } from "node:crypto";
import { CommandError, commandError } from "../command-error";
import { isDocument, uuidBytes, type Document } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import { sessionHead } from "../runtime/retry-record";
import { SESSION_TIMEOUT_MINUTES, sessionKeyOf } from "../runtime/sessions";
import { writeConflict } from "../runtime/transaction";
import type { Command } from "./command";

function startSession(ctx: CommandContext): Document {
  const id = Buffer.from(randomUUID().replaceAll("-", ""), "hex");
  ctx.server.sessions.use(id.toString("hex"));
  return { id: { id: new Binary(id, 4) }, timeoutMinutes: SESSION_TIMEOUT_MINUTES };
}

function listed(ctx: CommandContext, name: string): string[] {
  const list = ctx.body[name];
  if (!Array.isArray(list)) throw commandError(14, `BSON field '${name}' is the wrong type, expected type 'array'`);
  return list.map(sessionKeyOf);
}

function endSessions(ctx: CommandContext): Document {
  for (const key of listed(ctx, "endSessions")) ctx.server.sessions.end(key);
  return {};
}

function refreshSessions(ctx: CommandContext): Document {
  for (const key of listed(ctx, "refreshSessions")) if (ctx.server.sessions.find(key)) ctx.server.sessions.use(key);
  return {};
}

/** Ends what a session runs, its transaction and its cursors. */
function killOne(ctx: CommandContext, key: string): void {
  const { server } = ctx;
  server.operations.killSession(
    (lsid) => isDocument(lsid) && uuidBytes(lsid.id)?.toString("hex") === key && lsid !== ctx.body.lsid,
  );
  const session = server.sessions.find(key);
  session?.transaction?.abort();
  server.cursors.killWhere((cursor) => cursor.options.sessionKey === key);
}

function killSessions(ctx: CommandContext): Document {
  for (const key of listed(ctx, "killSessions")) killOne(ctx, key);
  return {};
}

function killAllSessions(ctx: CommandContext): Document {
  for (const session of ctx.server.sessions.list()) killOne(ctx, session.key);
  return {};
}

/** Everything the transaction did becomes one commit, and one entry of the oplog. */
function commitTransaction(ctx: CommandContext): Document {
  const transaction = ctx.transaction;
  if (!transaction) throw commandError(251, "commitTransaction needs a transaction");
  if (transaction.state === "committed") return {};
  const { login } = ctx.connection;
  const head = sessionHead(ctx.session!, transaction.number, login ? `${login.user}@${login.db}` : "");
  if (transaction.ops.length > 0) {
    try {
      ctx.server.store.commit(transaction.ops, { onError: "abort", transaction: { head } });
    } catch (error) {
      // A key that somebody took since the statement ran, or a collection that went: the transaction may run again.
      if (error instanceof CommandError && (error.code === 11000 || error.code === 175)) throw writeConflict();
      throw error;
    }
  }
  transaction.committed();
  return {};
}

function abortTransaction(ctx: CommandContext): Document {
  const transaction = ctx.transaction;
  if (!transaction) throw commandError(251, "abortTransaction needs a transaction");
  if (transaction.state === "committed")
    throw commandError(256, `Transaction with { txnNumber: ${transaction.number} } has been committed.`);
  transaction.abort();
  return {};
}

export const sessionCommands: readonly Command[] = [
  { name: "startSession", needs: "anyone", fields: [], run: startSession },
  { name: "endSessions", needs: "anyone", fields: [], run: endSessions },
  { name: "refreshSessions", needs: "anyone", fields: [], run: refreshSessions },
  { name: "killSessions", needs: "anyone", fields: [], run: killSessions },
  {
    name: "killAllSessions",
    needs: () => [{ target: "cluster", action: "killAnySession" }],
    fields: [],
    run: killAllSessions,
  },
  {
    name: "killAllSessionsByPattern",
    needs: () => [{ target: "cluster", action: "killAnySession" }],
    fields: [],
    run: killAllSessions,
  },
  {
    name: "commitTransaction",
    needs: "anyone",
    adminOnly: true,
    writes: true,
    fields: ["recoveryToken"],
    run: commitTransaction,
  },
  { name: "abortTransaction", needs: "anyone", adminOnly: true, fields: ["recoveryToken"], run: abortTransaction },
];
