import { commandError } from "../command-error";
import type { Command } from "../commands/command";
import { numberField } from "../protocol/decode";
import type { ReplyDocument } from "../protocol/encode";
import type { CommandContext } from "./context";

/** Runs a command no longer than its maxTimeMS (50) and no longer than nobody kills it. */
export async function runWithTimeLimit(ctx: CommandContext, command: Command): Promise<ReplyDocument> {
  const limitMs = command.name === "getMore" ? 0 : numberField(ctx.body, "maxTimeMS", 0);
  if (limitMs < 0) throw commandError(2, `${limitMs} value for maxTimeMS is out of range`);
  if (limitMs === 0) return command.run(ctx);
  const timer = setTimeout(() => ctx.server.operations.expire(ctx.operation.id), limitMs);
  try {
    return await command.run(ctx);
  } finally {
    clearTimeout(timer);
  }
}
