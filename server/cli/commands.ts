import type { Command } from "./frame/command";

/** A command's name and line in the overview; the command itself is loaded when it is called. */
export interface CommandEntry {
  /** One word, or noun and verb. */
  readonly name: string;
  readonly words: string;
  load(): Promise<Command>;
}

/**
 * All commands. Each loads only what it needs: only those that fill an installation's database load the database's
 * client, the others work where there is neither portal nor PostgreSQL.
 */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "unlock",
    words: "lift the write block that a Holdfast restore left on a server",
    load: async () => (await import("./commands/unlock")).unlock,
  },
];
