import type { Document } from "../protocol/decode";
import { adminCommands } from "./admin";
import { aggregateCommands } from "./aggregate";
import { applyOpsCommands } from "./apply-ops";
import { catalogCommands } from "./catalog";
import type { Command } from "./command";
import { connectionCommands } from "./connection";
import { countDistinctCommands } from "./count-distinct";
import { cursorCommands } from "./cursors";
import { deleteCommands } from "./delete";
import { diagnosticCommands } from "./diagnostics";
import { explainCommands } from "./explain";
import { findCommands } from "./find";
import { findAndModifyCommands } from "./find-and-modify";
import { bulkWriteCommands } from "./bulk-write";
import { indexCommands } from "./indexes";
import { insertCommands } from "./insert";
import { mergeAccountsCommands } from "./merge-accounts";
import { replicationCommands } from "./replication";
import { roleCommands } from "./roles";
import { saslCommands } from "./sasl";
import { searchIndexCommands } from "./search-indexes";
import { sessionCommands } from "./sessions";
import { statisticsCommands } from "./statistics";
import { updateCommands } from "./update";
import { userCommands } from "./users";

/** Every command that is spoken; anything else answers CommandNotFound (59). */
export const COMMANDS: readonly Command[] = [
  ...connectionCommands,
  ...saslCommands,
  ...sessionCommands,
  ...findCommands,
  ...countDistinctCommands,
  ...cursorCommands,
  ...aggregateCommands,
  ...insertCommands,
  ...updateCommands,
  ...deleteCommands,
  ...findAndModifyCommands,
  ...bulkWriteCommands,
  ...catalogCommands,
  ...indexCommands,
  ...searchIndexCommands,
  ...userCommands,
  ...roleCommands,
  ...mergeAccountsCommands,
  ...adminCommands,
  ...applyOpsCommands,
  ...diagnosticCommands,
  ...statisticsCommands,
  ...replicationCommands,
  ...explainCommands,
  { name: "listCommands", needs: "anyone", run: listCommands },
];

function listCommands(): Document {
  const describe = (command: Command): Document => ({
    help: command.help ?? "",
    requiresAuth: !command.anonymous,
    secondaryOk: true,
    adminOnly: command.adminOnly === true,
  });
  return { commands: Object.fromEntries(COMMANDS.map((command) => [command.name, describe(command)])) };
}

const BY_NAME = new Map<string, Command>();
for (const command of COMMANDS) {
  for (const name of [command.name, ...(command.aliases ?? [])]) BY_NAME.set(name, command);
}

/** Names are case-sensitive; an alias is the same command. */
export function findCommand(name: string): Command | undefined {
  return BY_NAME.get(name);
}
