import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { JOURNAL_PHASES, type JournalState, type RestoreJournal } from "@/server/engine/restore/journal";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { hold } from "./hold";

const Stored = z.object({
  version: z.literal(1),
  runId: z.string(),
  repositoryId: z.string(),
  snapshotId: z.string(),
  skipDamaged: z.boolean(),
  state: z.looseObject({ phase: z.enum(JOURNAL_PHASES) }).nullable(),
});
type Stored = z.infer<typeof Stored>;

/** Which restore a journal belongs to. */
export interface RestoreIdentity {
  repositoryId: string;
  snapshotId: string;
  skipDamaged: boolean;
}

/**
 * The journal of a restore in a file, one for each target server, so that a command that was killed in the middle is finished
 * or put back by the next one on this machine. While it is open no other process opens it; what counts is what the file says.
 */
export class JournalFile implements RestoreJournal {
  private constructor(
    readonly path: string,
    readonly signal: AbortSignal,
    private readonly begun: Stored,
    /** A command before this one left it unfinished. */
    readonly wasLeft: boolean,
    /** Lets the next command open it. */
    readonly close: () => void,
  ) {}

  /**
   * The caller closes it. Throws ATLAS_CLUSTER_RESTORE_IN_PROGRESS while another command restores into this server, and
   * when the restore of another snapshot was left unfinished there: that one comes first.
   */
  static open(folder: string, serverKey: string, identity: RestoreIdentity, signal: AbortSignal): JournalFile {
    const name = createHash("sha256").update(serverKey).digest("hex").slice(0, 24);
    const path = join(folder, "restores", `${name}.json`);
    const release = hold(path);
    if (release === null) throw stillRunning(path);
    try {
      const left = readStored(path);
      if (!left?.state || left.state.phase === "done") {
        const begun: Stored = { version: 1, runId: newId(), ...identity, state: null };
        return new JournalFile(path, signal, begun, false, release);
      }
      const same =
        left.repositoryId === identity.repositoryId &&
        left.snapshotId === identity.snapshotId &&
        left.skipDamaged === identity.skipDamaged;
      if (!same) throw otherRestore(left, path);
      return new JournalFile(path, signal, left, true, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  get runId(): string {
    return this.begun.runId;
  }

  async read(): Promise<JournalState | null> {
    const stored = readStored(this.path);
    // A file of an earlier restore, done, lies there until the first state of this one is written.
    return stored?.runId === this.runId ? (stored.state as JournalState | null) : null;
  }

  async write(state: JournalState): Promise<void> {
    const draft = `${this.path}.part`;
    writeFileSync(draft, JSON.stringify({ ...this.begun, state }), { mode: 0o600, flush: true });
    renameSync(draft, this.path);
    // The new name is durable when the folder is.
    const folder = openSync(dirname(this.path), "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }

  async beforeCommit(): Promise<void> {
    this.signal.throwIfAborted();
  }

  /** Nothing is left to do. */
  remove(): void {
    rmSync(this.path, { force: true });
  }
}

function readStored(path: string): Stored | null {
  return existsSync(path) ? Stored.parse(JSON.parse(readFileSync(path, "utf8"))) : null;
}

function stillRunning(path: string): DomainError {
  return new DomainError("ATLAS_CLUSTER_RESTORE_IN_PROGRESS", {
    message: `another command on this machine is restoring into this server (${path})`,
  });
}

function otherRestore(left: Stored, path: string): DomainError {
  const command = `holdfast snapshot restore ${left.snapshotId}${left.skipDamaged ? " --skip-damaged" : ""}`;
  return new DomainError("ATLAS_CLUSTER_RESTORE_IN_PROGRESS", {
    message: `a restore into this server was left unfinished (${path}); "${command} --to …" finishes it, with --roll-back it is put back`,
    params: { runId: left.runId, snapshotId: left.snapshotId },
  });
}
