import { Double, Int32, Long } from "bson";
import { cpus, freemem, totalmem, type as osType, release as osRelease } from "node:os";
import { commandError } from "../command-error";
import { boolField, stringField, toNumber, type Document } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import type { Operation } from "../runtime/operations";
import { describeMember } from "./connection";
import type { Command, Need } from "./command";

const onCluster = (action: string) => (): Need[] => [{ target: "cluster", action }];

function hostInfo(ctx: CommandContext): Document {
  const { server } = ctx;
  return {
    system: {
      currentTime: server.clock.now(),
      hostname: server.hostName,
      cpuAddrSize: 64,
      memSizeMB: Long.fromNumber(Math.floor(totalmem() / 1024 / 1024)),
      memLimitMB: Long.fromNumber(Math.floor(totalmem() / 1024 / 1024)),
      numCores: cpus().length,
      cpuArch: process.arch,
      numaEnabled: false,
    },
    os: { type: osType(), name: osType(), version: osRelease() },
    extra: { freeMemMB: Math.floor(freemem() / 1024 / 1024) },
  };
}

/** One running operation as currentOp shows it. */
export function presentOperation(ctx: CommandContext, operation: Operation): Document {
  const micros = (ctx.server.clock.now().getTime() - operation.startedAt) * 1000;
  return {
    type: "op",
    host: ctx.server.address,
    desc: `conn${operation.connectionId}`,
    connectionId: operation.connectionId,
    client: operation.client,
    appName: operation.appName,
    active: true,
    currentOpTime: ctx.server.clock.now().toISOString(),
    effectiveUsers: operation.users,
    opid: operation.id,
    ...(operation.lsid !== undefined && { lsid: operation.lsid }),
    secs_running: Long.fromNumber(Math.floor(micros / 1e6)),
    microsecs_running: Long.fromNumber(micros),
    op: operation.command === "find" ? "query" : operation.command === "getMore" ? "getmore" : "command",
    ns: operation.namespace,
    command: hideSecrets(operation),
    numYields: 0,
    waitingForLock: false,
  };
}

const SECRET_COMMANDS = new Set(["saslStart", "saslContinue", "createUser", "updateUser"]);

function hideSecrets(operation: Operation): Document {
  return SECRET_COMMANDS.has(operation.command) ? { [operation.command]: "xxx" } : operation.body;
}

/** Operations that this user may see: all with `inprog`, else their own. */
export function visibleOperations(ctx: CommandContext, allUsers: boolean): Operation[] {
  const { login } = ctx.connection;
  const all = ctx.server.operations.list();
  if (allUsers || !login) return all;
  return all.filter(({ users }) => users.some((user) => user.user === login.user && user.db === login.db));
}

function currentOp(ctx: CommandContext): Document {
  const own = boolField(ctx.body, "$ownOps");
  return { inprog: visibleOperations(ctx, !own).map((operation) => presentOperation(ctx, operation)) };
}

function serverStatus(ctx: CommandContext): Document {
  const { server } = ctx;
  const now = server.clock.now();
  const uptimeMs = now.getTime() - server.startedAt.getTime();
  const memory = process.memoryUsage();
  const { me, hosts, setName, setVersion, primary, electionId, lastWrite, secondary } = describeMember(ctx);
  const blocked = server.writeBlock.active;
  const opcounters = Object.fromEntries(
    Object.entries(server.opcounters).map(([name, n]) => [name, Long.fromNumber(n)]),
  );
  const file = server.store.fileBytes();
  return {
    host: server.address,
    version: server.config.version,
    process: "mongod",
    service: ["mongod"],
    pid: Long.fromNumber(process.pid),
    uptime: new Double(uptimeMs / 1000),
    uptimeMillis: Long.fromNumber(uptimeMs),
    uptimeEstimate: Long.fromNumber(Math.floor(uptimeMs / 1000)),
    localTime: now,
    asserts: { regular: 0, warning: 0, msg: 0, user: 0, tripwire: 0, rollovers: 0 },
    connections: {
      current: server.connections.size,
      available: 10_000 - server.connections.size,
      totalCreated: Long.fromNumber(server.connectionsCreated),
      active: server.operations.list().length,
    },
    extra_info: { note: "fields vary by platform", page_faults: Long.ZERO },
    globalLock: {
      totalTime: Long.fromNumber(uptimeMs * 1000),
      currentQueue: { total: 0, readers: 0, writers: 0 },
      activeClients: { total: server.operations.list().length, readers: 0, writers: 0 },
    },
    logicalSessionRecordCache: { activeSessionsCount: server.sessions.count },
    network: {
      bytesIn: Long.fromNumber(server.network.bytesIn),
      bytesOut: Long.fromNumber(server.network.bytesOut),
      numRequests: Long.fromNumber(server.network.numRequests),
    },
    opcounters,
    opcountersRepl: {
      insert: Long.ZERO,
      query: Long.ZERO,
      update: Long.ZERO,
      delete: Long.ZERO,
      getmore: Long.ZERO,
      command: Long.ZERO,
    },
    repl: {
      setName,
      setVersion,
      isWritablePrimary: true,
      secondary,
      hosts,
      me,
      primary,
      electionId,
      lastWrite,
      rbid: 1,
      ...(server.release >= 600 && { userWriteBlockMode: new Int32(blocked ? 2 : 1) }),
    },
    storageEngine: { name: "lmdb", supportsCommittedReads: true, persistent: true, readOnly: false },
    mem: {
      bits: 64,
      resident: Math.floor(memory.rss / 1024 / 1024),
      virtual: Math.floor(memory.rss / 1024 / 1024),
      supported: true,
    },
    metrics: { cursor: { open: { total: Long.fromNumber(server.cursors.count) } }, document: {} },
    featureCompatibilityVersion: { major: server.featureVersion.present().version },
    lmdb: { fileBytes: Long.fromNumber(file) },
    transactions: {
      currentOpen: Long.fromNumber(
        server.sessions.list().filter((session) => session.transaction?.state === "open").length,
      ),
    },
  };
}

function getLog(ctx: CommandContext): Document {
  const name = stringField(ctx.body, "getLog");
  if (name === "*") return { names: ["global", "startupWarnings"] };
  if (name !== "global" && name !== "startupWarnings") throw commandError(96, `No log named '${name}'`);
  return { totalLinesWritten: 0, log: [] };
}

/** The profiler is always off; asking is fine, switching on is not. */
function profile(ctx: CommandContext): Document {
  const level = toNumber(ctx.body.profile) ?? -1;
  if (level > 0) throw commandError(115, "the profiler is not supported by this server");
  return { was: 0, slowms: 100, sampleRate: 1 };
}

function top(ctx: CommandContext): Document {
  const zero = { time: Long.ZERO, count: Long.ZERO };
  const sections = ["total", "readLock", "writeLock", "queries", "getmore", "insert", "update", "remove", "commands"];
  const totals: Document = { note: "all times in microseconds" };
  for (const { namespace } of ctx.server.store.collections())
    totals[namespace] = Object.fromEntries(sections.map((section) => [section, zero]));
  return { totals };
}

export const diagnosticCommands: readonly Command[] = [
  { name: "hostInfo", needs: onCluster("hostInfo"), adminOnly: true, run: hostInfo },
  { name: "serverStatus", needs: onCluster("serverStatus"), run: serverStatus },
  { name: "currentOp", needs: onCluster("inprog"), adminOnly: true, run: currentOp },
  {
    name: "getCmdLineOpts",
    needs: onCluster("getCmdLineOpts"),
    adminOnly: true,
    run: () => ({ argv: ["mongod"], parsed: {} }),
  },
  { name: "getLog", needs: onCluster("getLog"), adminOnly: true, run: getLog },
  { name: "features", needs: "anyone", run: () => ({ js: false, oidMachine: 0 }) },
  { name: "top", needs: onCluster("top"), adminOnly: true, run: top },
  {
    name: "profile",
    needs: (ctx) => [{ target: { db: ctx.db, collection: "" }, action: "enableProfiler" }],
    run: profile,
  },
];
