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
    name: "key rotate",
    words: "put another installation key in place of the present one",
    load: async () => (await import("./commands/key-rotate")).keyRotate,
  },
  {
    name: "repository adopt",
    words: "rebuild the catalogue of an installation from a repository and its key",
    load: async () => (await import("./commands/repository-adopt")).repositoryAdopt,
  },
  {
    name: "repository check",
    words: "look whether everything stored is there and as it was written",
    load: async () => (await import("./commands/repository-check")).repositoryCheck,
  },
  {
    name: "repository kit",
    words: "print the recovery kit of a repository",
    load: async () => (await import("./commands/repository-kit")).repositoryKit,
  },
  {
    name: "repository mend",
    words: "write a repository's header again that is lost or damaged",
    load: async () => (await import("./commands/repository-mend")).repositoryMend,
  },
  {
    name: "repository stats",
    words: "say what a repository holds and what it costs",
    load: async () => (await import("./commands/repository-stats")).repositoryStats,
  },
  {
    name: "snapshot copy",
    words: "copy a snapshot to a repository in another place",
    load: async () => (await import("./commands/snapshot-copy")).snapshotCopy,
  },
  {
    name: "snapshot dump",
    words: "write a snapshot as an archive for mongorestore",
    load: async () => (await import("./commands/snapshot-dump")).snapshotDump,
  },
  {
    name: "snapshot ls",
    words: "list the snapshots of a repository",
    load: async () => (await import("./commands/snapshot-ls")).snapshotLs,
  },
  {
    name: "snapshot restore",
    words: "restore a snapshot into a server",
    load: async () => (await import("./commands/snapshot-restore")).snapshotRestore,
  },
  {
    name: "unlock",
    words: "lift the write block that a Holdfast restore left on a server",
    load: async () => (await import("./commands/unlock")).unlock,
  },
];
