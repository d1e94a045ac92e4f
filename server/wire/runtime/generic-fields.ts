import { commandError } from "../command-error";
import type { Command } from "../commands/command";
import type { Document } from "../protocol/decode";

/** Fields that every command takes (generic_argument.idl of the server). */
const GENERIC = new Set([
  "$db",
  "$readPreference",
  "$clusterTime",
  "$audit",
  "$client",
  "$configServerState",
  "$configTime",
  "$topologyTime",
  "$tenant",
  "$replData",
  "$oplogQueryData",
  "$queryOptions",
  "apiDeprecationErrors",
  "apiStrict",
  "apiVersion",
  "autocommit",
  "clientOperationKey",
  "comment",
  "coordinator",
  "databaseVersion",
  "help",
  "lsid",
  "maxTimeMS",
  "maxTimeMSOpOnly",
  "mayBypassWriteBlocking",
  "rawData",
  "readConcern",
  "requestGossipRoutingCache",
  "shardVersion",
  "startOrContinueTransaction",
  "startTransaction",
  "stmtId",
  "stmtIds",
  "tracking_info",
  "traceCtx",
  "txnNumber",
  "txnRetryCounter",
  "versionContext",
  "writeConcern",
  "backpressure",
]);

/** Refuses a field that neither the command nor every command has (40415), so that nothing is ignored in silence. */
export function assertKnownFields(command: Command, body: Document): void {
  for (const name of Object.keys(body).slice(1)) {
    if (GENERIC.has(name) || command.fields!.includes(name)) continue;
    throw commandError(40415, `BSON field '${command.name}.${name}' is an unknown field.`);
  }
}
