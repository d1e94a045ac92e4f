import type { Command } from "./command";
import { connectionCommands } from "./connection";
import { cursorCommands } from "./cursors";
import { findCommands } from "./find";
import { insertCommands } from "./insert";
import { saslCommands } from "./sasl";

/** Every command that is spoken; anything else answers CommandNotFound (59). */
export const COMMANDS: readonly Command[] = [
  ...connectionCommands,
  ...saslCommands,
  ...findCommands,
  ...cursorCommands,
  ...insertCommands,
];

const BY_NAME = new Map<string, Command>();
for (const command of COMMANDS) {
  for (const name of [command.name, ...(command.aliases ?? [])]) BY_NAME.set(name, command);
}

/** Names are case-sensitive; an alias is the same command. */
export function findCommand(name: string): Command | undefined {
  return BY_NAME.get(name);
}
