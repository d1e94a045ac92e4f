import { Binary } from "bson";
import { isMechanism, parseClientFirst, ScramExchange } from "../auth/scram";
import { commandError } from "../command-error";
import { isDocument, numberField, type Document } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import type { Command } from "./command";

let nextConversation = 1;

function payloadText(value: unknown): string {
  if (value instanceof Binary) return Buffer.from(value.buffer).toString("utf8");
  return typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : "";
}

function failed(): Error {
  return commandError(18, "Authentication failed.");
}

/** The server's first message for a saslStart document, or null when it cannot be answered. */
export function startConversation(ctx: CommandContext, start: Document, db: string): Document | null {
  const { connection, server } = ctx;
  const first = parseClientFirst(payloadText(start.payload));
  if (!isMechanism(start.mechanism) || !first) return null;
  const { credential, known } = server.accounts.credentialOf(first.user, db, start.mechanism);
  const exchange = new ScramExchange(start.mechanism, credential, first);
  connection.pendingLogin = {
    exchange,
    conversationId: nextConversation,
    user: first.user,
    db,
    known,
    skipEmptyExchange: isDocument(start.options) && start.options.skipEmptyExchange === true,
    finished: false,
  };
  nextConversation += 1;
  return {
    conversationId: connection.pendingLogin.conversationId,
    done: false,
    payload: new Binary(Buffer.from(exchange.serverFirst)),
  };
}

function saslStart(ctx: CommandContext): Document {
  if (!isMechanism(ctx.body.mechanism)) {
    throw commandError(334, `Received authentication for mechanism ${String(ctx.body.mechanism)} which is not enabled`);
  }
  const started = startConversation(ctx, ctx.body, ctx.db);
  if (!started) throw failed();
  return started;
}

function saslContinue(ctx: CommandContext): Document {
  const { connection, server } = ctx;
  const pending = connection.pendingLogin;
  if (!pending || numberField(ctx.body, "conversationId", 0) !== pending.conversationId) {
    throw commandError(17, "No SASL session state found");
  }
  if (pending.finished) {
    connection.pendingLogin = null;
    return { conversationId: pending.conversationId, done: true, payload: new Binary(Buffer.alloc(0)) };
  }
  const signature = pending.exchange.finish(payloadText(ctx.body.payload));
  const user = server.accounts.findUser(pending.user, pending.db);
  if (signature === null || !pending.known || !user) {
    connection.pendingLogin = null;
    throw failed();
  }
  connection.login = { user: pending.user, db: pending.db, roles: server.accounts.rolesOf(user) };
  connection.privileges = null;
  if (pending.skipEmptyExchange) connection.pendingLogin = null;
  else pending.finished = true;
  return {
    conversationId: pending.conversationId,
    done: pending.skipEmptyExchange,
    payload: new Binary(Buffer.from(signature)),
  };
}

function logout(ctx: CommandContext): Document {
  ctx.connection.login = null;
  ctx.connection.privileges = null;
  return {};
}

export const saslCommands: readonly Command[] = [
  { name: "saslStart", anonymous: true, needs: "anyone", run: saslStart },
  { name: "saslContinue", anonymous: true, needs: "anyone", run: saslContinue },
  { name: "logout", anonymous: true, needs: "anyone", run: logout },
];
