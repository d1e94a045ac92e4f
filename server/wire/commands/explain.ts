import { commandError } from "../command-error";
import { type Document } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import type { Command } from "./command";

export function explainAggregate(_ctx: CommandContext, _verbosity: string): Document {
  throw commandError(115, "explain is not supported by this server");
}

export const explainCommands: readonly Command[] = [];
