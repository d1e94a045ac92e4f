import { Timestamp } from "bson";
import { commandError } from "../command-error";
import type { Command } from "../commands/command";
import { isDocument } from "../protocol/decode";
import { fromTimestamp } from "../storage/timestamp";
import type { CommandContext } from "./context";

const LEVELS = new Set(["local", "available", "majority", "linearizable", "snapshot"]);
const SNAPSHOT_COMMANDS = new Set(["find", "aggregate", "distinct"]);

/**
 * Every read here is of committed, and on one node majority-committed, data, so all levels but `snapshot` mean the
 * newest state. A snapshot pins its moment; `atClusterTime` asks for a moment pinned before.
 */
export function enterReadConcern(ctx: CommandContext, command: Command): void {
  // A cursor keeps the moment it was opened at; drivers repeat the session's read concern with getMore all the same.
  if (command.name === "getMore" || command.name === "killCursors") return;
  const concern = ctx.body.readConcern;
  if (!isDocument(concern)) return;
  const level = concern.level ?? "local";
  if (typeof level !== "string" || !LEVELS.has(level))
    throw commandError(9, `Unable to parse read concern level '${String(level)}'`);
  const at = concern.atClusterTime;
  if (at !== undefined && level !== "snapshot")
    throw commandError(72, "readConcern.atClusterTime is only allowed with level 'snapshot'");
  if (level !== "snapshot" || ctx.transaction) return;
  if (!SNAPSHOT_COMMANDS.has(command.name)) {
    throw commandError(72, `Command ${command.name} does not support { readConcern: { level: "snapshot" } }`);
  }
  const { pins } = ctx.server.store;
  if (at === undefined) ctx.snapshot = pins.snapshot();
  else if (at instanceof Timestamp) ctx.snapshot = pins.at(fromTimestamp(at));
  else throw commandError(14, "readConcern.atClusterTime must be a timestamp");
}
