import { commandError } from "../command-error";
import { boolField, isDocument, numberField, stringField, type Document } from "../protocol/decode";
import { encodeDocument } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import { WRITE_BLOCK_REASONS } from "../runtime/write-block";
import type { Command, Need } from "./command";

const onCluster = (action: string) => (): Need[] => [{ target: "cluster", action }];

/** Newer releases name why they block; older ones refuse the field (mongodb-internals 6.1). */
function knowsReasons(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (major > 8) return true;
  if (major < 8) return false;
  return minor === 0 ? patch >= 13 : minor === 1 ? patch >= 2 : true;
}

function setUserWriteBlockMode(ctx: CommandContext): Document {
  const { server, body } = ctx;
  if (server.release < 600) throw commandError(59, "no such command: 'setUserWriteBlockMode'");
  if (body.reason !== undefined && !knowsReasons(server.config.version)) {
    throw commandError(40415, "BSON field 'setUserWriteBlockMode.reason' is an unknown field.");
  }
  if (typeof body.global !== "boolean")
    throw commandError(40414, "BSON field 'setUserWriteBlockMode.global' is missing but a required field");
  const reason = body.reason === undefined ? "Unspecified" : stringField(body, "reason");
  if (!WRITE_BLOCK_REASONS.includes(reason)) {
    throw commandError(
      2,
      `Enumeration value '${reason}' for field 'setUserWriteBlockMode.reason' is not a valid value.`,
    );
  }
  server.writeBlock.set(body.global, reason);
  return {};
}

function getParameter(ctx: CommandContext): Document {
  const { body, server } = ctx;
  const first = body.getParameter;
  const details = isDocument(first) && boolField(first, "showDetails");
  const all = first === "*" || (isDocument(first) && boolField(first, "allParameters"));
  const names = all
    ? [...server.parameters.entries()].map(([name]) => name).concat("featureCompatibilityVersion")
    : Object.keys(body)
        .slice(1)
        .filter((name) => isParameterName(name));
  const reply: Document = {};
  for (const name of names) {
    const value = name === "featureCompatibilityVersion" ? server.featureVersion.present() : parameterOf(ctx, name);
    if (value === undefined) continue;
    reply[name] = details
      ? { value, settableAtRuntime: server.parameters.isSettable(name), settableAtStartup: true }
      : value;
  }
  if (Object.keys(reply).length === 0) throw commandError(72, "no option found to get");
  return reply;
}

function parameterOf(ctx: CommandContext, name: string): unknown {
  if (name === "enableTestCommands") return ctx.server.config.testCommands;
  return ctx.server.parameters.get(name);
}

function isParameterName(name: string): boolean {
  return (
    !name.startsWith("$") &&
    ![
      "lsid",
      "comment",
      "maxTimeMS",
      "apiVersion",
      "apiStrict",
      "apiDeprecationErrors",
      "readConcern",
      "txnNumber",
    ].includes(name)
  );
}

function setParameter(ctx: CommandContext): Document {
  const names = Object.keys(ctx.body).slice(1).filter(isParameterName);
  if (names.length === 0) throw commandError(72, "no option found to set, use help:true to see options ");
  let was: unknown;
  for (const name of names) was = ctx.server.parameters.set(name, ctx.body[name]);
  return { was };
}

function setFeatureVersion(ctx: CommandContext): Document {
  const version = stringField(ctx.body, "setFeatureCompatibilityVersion");
  if (ctx.server.release >= 700 && !boolField(ctx.body, "confirm")) {
    throw commandError(
      7369100,
      `Once you have upgraded to ${version}, you will not be able to downgrade FCV and binary version without support assistance. Please re-run this command with 'confirm: true' to acknowledge this and continue with the FCV upgrade.`,
    );
  }
  if (!boolField(ctx.body, "dryRun")) ctx.server.featureVersion.set(version);
  return {};
}

function configureFailPoint(ctx: CommandContext): Document {
  if (!ctx.server.config.testCommands) throw commandError(59, "no such command: 'configureFailPoint'");
  ctx.server.failPoints.configure(stringField(ctx.body, "configureFailPoint"), ctx.body);
  return {};
}

function killOp(ctx: CommandContext): Document {
  ctx.server.operations.kill(numberField(ctx.body, "op", 0));
  return { info: "attempting to kill op" };
}

/** Everything is on disk when this answers; a lock is not offered. */
async function fsync(ctx: CommandContext): Promise<Document> {
  if (boolField(ctx.body, "lock")) throw commandError(115, "fsync with lock is not supported by this server");
  await ctx.server.store.flushed();
  return { numFiles: 1 };
}

function appendOplogNote(ctx: CommandContext): Document {
  const { data } = ctx.body;
  if (!isDocument(data))
    throw commandError(14, "BSON field 'appendOplogNote.data' is the wrong type, expected type 'object'");
  ctx.server.store.commit([{ kind: "note", o: encodeDocument(data) }], { onError: "abort" });
  return {};
}

export const adminCommands: readonly Command[] = [
  {
    name: "setUserWriteBlockMode",
    needs: onCluster("setUserWriteBlockMode"),
    adminOnly: true,
    writes: true,
    fields: ["global", "reason"],
    run: setUserWriteBlockMode,
  },
  { name: "getParameter", needs: onCluster("getParameter"), adminOnly: true, run: getParameter },
  { name: "setParameter", needs: onCluster("setParameter"), adminOnly: true, run: setParameter },
  {
    name: "setFeatureCompatibilityVersion",
    needs: onCluster("setFeatureCompatibilityVersion"),
    adminOnly: true,
    writes: true,
    fields: ["confirm", "dryRun", "fromConfigServer"],
    run: setFeatureVersion,
  },
  { name: "configureFailPoint", needs: "anyone", adminOnly: true, run: configureFailPoint },
  { name: "killOp", needs: onCluster("killop"), adminOnly: true, fields: ["op"], run: killOp },
  {
    name: "fsync",
    needs: onCluster("fsync"),
    adminOnly: true,
    fields: ["lock", "async", "fsyncLockAcquisitionTimeoutMillis"],
    run: fsync,
  },
  {
    name: "appendOplogNote",
    needs: onCluster("appendOplogNote"),
    adminOnly: true,
    writes: true,
    fields: ["data", "maxClusterTime"],
    run: appendOplogNote,
  },
  { name: "logRotate", needs: onCluster("logRotate"), adminOnly: true, run: () => ({}) },
];
