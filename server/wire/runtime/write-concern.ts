import { commandError } from "../command-error";
import { documentField, toNumber, type Document } from "../protocol/decode";
import type { CommandContext } from "./context";

/**
 * Waits as the write concern asks. On one node a majority is this node with its journal, so everything but an
 * explicit `{w: 1}` or `{w: 0}` without `j` waits for the disk. More nodes than one cannot be had (100).
 */
export async function awaitWriteConcern(ctx: CommandContext, reply: Document): Promise<void> {
  const concern = documentField(ctx.body, "writeConcern");
  const w = concern.w;
  const count = toNumber(w);
  if (count !== null && count > 1) {
    const error = commandError(100, "Not enough data-bearing nodes");
    reply.writeConcernError = { code: error.code, codeName: error.codeName, errmsg: error.message };
  } else if (typeof w === "string" && w !== "majority") {
    const error = commandError(79, `No write concern mode named '${w}' found in replica set configuration`);
    reply.writeConcernError = { code: error.code, codeName: error.codeName, errmsg: error.message };
  }
  const journal = concern.j === true || concern.fsync === true;
  if (!journal && count !== null && count <= 1) return;
  await ctx.server.store.flushed();
}
