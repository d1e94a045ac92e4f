import { Long, ObjectId } from "bson";
import { presentResource } from "../auth/privileges";
import { agreeCompression } from "../protocol/compression";
import { boolField, isDocument, type Document } from "../protocol/decode";
import { TERM } from "../storage/oplog-entry";
import { toTimestamp } from "../storage/timestamp";
import type { CommandContext } from "../runtime/context";
import { SESSION_TIMEOUT_MINUTES } from "../runtime/sessions";
import { versionArray, wireVersionOf } from "../runtime/version";
import type { Command } from "./command";
import { startConversation } from "./sasl";

/** The same in every term; the last eight bytes are the term. */
function electionId(): ObjectId {
  return new ObjectId(`7fffffff${TERM.toString(16).padStart(16, "0")}`);
}

function lastWrite(ctx: CommandContext): Document {
  const opTime = { ts: toTimestamp(ctx.server.store.lastTime), t: Long.fromNumber(TERM) };
  const date = new Date(opTime.ts.getHighBits() * 1000);
  return { opTime, lastWriteDate: date, majorityOpTime: opTime, majorityWriteDate: date };
}

/**
 * The primary of a one-node replica set describes itself. Without `topologyVersion`: with it drivers ask for a stream
 * of answers (exhaust), which this server does not send, and take its absence for a broken connection.
 */
export function describeMember(ctx: CommandContext): Document {
  const { server } = ctx;
  return {
    hosts: [server.address],
    setName: server.config.replicaSetName,
    setVersion: 1,
    [ctx.name === "hello" ? "isWritablePrimary" : "ismaster"]: true,
    secondary: false,
    primary: server.address,
    me: server.address,
    electionId: electionId(),
    lastWrite: lastWrite(ctx),
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: server.clock.now(),
    logicalSessionTimeoutMinutes: SESSION_TIMEOUT_MINUTES,
    connectionId: ctx.connection.id,
    minWireVersion: 0,
    maxWireVersion: wireVersionOf(server.config.version),
    readOnly: false,
  };
}

async function hello(ctx: CommandContext): Promise<Document> {
  const { body, server, connection } = ctx;
  const client = body.client;
  if (isDocument(client) && isDocument(client.application) && typeof client.application.name === "string") {
    connection.appName = client.application.name;
  }
  if (isDocument(body.topologyVersion) && body.maxAwaitTimeMS !== undefined) await waitForTopology(ctx);
  const reply = describeMember(ctx);
  if (boolField(body, "helloOk")) reply.helloOk = true;
  const compression = agreeCompression(body.compression);
  if (compression.length > 0) reply.compression = compression;
  if (typeof body.saslSupportedMechs === "string") {
    const dot = body.saslSupportedMechs.indexOf(".");
    const [db, user] = [body.saslSupportedMechs.slice(0, dot), body.saslSupportedMechs.slice(dot + 1)];
    const mechanisms = server.accounts.mechanismsOf(user, db);
    if (mechanisms) reply.saslSupportedMechs = mechanisms;
  }
  if (isDocument(body.speculativeAuthenticate)) {
    const db = typeof body.speculativeAuthenticate.db === "string" ? body.speculativeAuthenticate.db : "admin";
    const started = startConversation(ctx, body.speculativeAuthenticate, db);
    if (started) reply.speculativeAuthenticate = started;
  }
  return reply;
}

/** An awaited hello is answered at once by another process id, else when the wait is over: nothing changes here. */
async function waitForTopology(ctx: CommandContext): Promise<void> {
  const known = ctx.body.topologyVersion as Document;
  if (!(known.processId instanceof ObjectId) || !known.processId.equals(ctx.server.processId)) return;
  const waitMs = Number(String(ctx.body.maxAwaitTimeMS));
  await ctx.server.idle(Number.isFinite(waitMs) ? waitMs : 0);
}

export function buildInfo(ctx: CommandContext): Document {
  const { version } = ctx.server.config;
  return {
    version,
    gitVersion: "holdfast",
    modules: [],
    allocator: "system",
    javascriptEngine: "none",
    sysInfo: "deprecated",
    versionArray: versionArray(version),
    openssl: { running: "", compiled: "disabled" },
    buildEnvironment: {
      distmod: "",
      distarch: process.arch,
      cc: "",
      ccflags: "",
      cxx: "",
      cxxflags: "",
      linkflags: "",
      target_arch: process.arch,
      target_os: process.platform,
    },
    bits: 64,
    debug: false,
    maxBsonObjectSize: 16_777_216,
    storageEngines: ["lmdb"],
  };
}

function connectionStatus(ctx: CommandContext): Document {
  const { login } = ctx.connection;
  const privileges = ctx.privileges;
  return {
    authInfo: {
      authenticatedUsers: login ? [{ user: login.user, db: login.db }] : [],
      authenticatedUserRoles: login ? login.roles : [],
      ...(boolField(ctx.body, "showPrivileges") && {
        authenticatedUserPrivileges: privileges.map(({ resource, actions }) => ({
          resource: presentResource(resource),
          actions: [...actions],
        })),
      }),
    },
  };
}

export const connectionCommands: readonly Command[] = [
  { name: "hello", anonymous: true, needs: "anyone", run: hello },
  { name: "isMaster", aliases: ["ismaster"], anonymous: true, needs: "anyone", run: hello },
  { name: "ping", anonymous: true, needs: "anyone", run: () => ({}) },
  { name: "buildInfo", aliases: ["buildinfo"], anonymous: true, needs: "anyone", run: buildInfo },
  { name: "connectionStatus", anonymous: true, needs: "anyone", run: connectionStatus },
  { name: "whatsmyuri", anonymous: true, needs: "anyone", run: (ctx) => ({ you: ctx.connection.remote }) },
];
