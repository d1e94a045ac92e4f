import { commandError } from "../command-error";
import type { Document } from "../protocol/decode";
import type { CommandContext } from "../server/context";

export function findOnView(_ctx: CommandContext): Promise<Document> {
  throw commandError(166, "views");
}
