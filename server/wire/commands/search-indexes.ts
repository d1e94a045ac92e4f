import { commandError, type CommandError } from "../command-error";
import type { CommandContext } from "../runtime/context";
import type { Command, Need } from "./command";

/** What a server outside of Atlas answers to everything about search indexes. */
export function searchNotEnabled(): CommandError {
  return commandError(
    31082,
    "Using Atlas Search Database Commands and the $listSearchIndexes aggregation stage requires additional configuration. " +
      "Please connect to Atlas or an AtlasCLI local deployment to enable.",
  );
}

function needs(action: string): (ctx: CommandContext) => Need[] {
  return (ctx) => [{ target: { db: ctx.db, collection: ctx.collectionName }, action }];
}

function refuse(): never {
  throw searchNotEnabled();
}

export const searchIndexCommands: readonly Command[] = [
  { name: "createSearchIndexes", needs: needs("createSearchIndexes"), run: refuse },
  { name: "updateSearchIndex", needs: needs("updateSearchIndex"), run: refuse },
  { name: "dropSearchIndex", needs: needs("dropSearchIndex"), run: refuse },
  { name: "listSearchIndexes", needs: needs("listSearchIndexes"), run: refuse },
];
