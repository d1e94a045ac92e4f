import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { JOURNAL_PHASES, type JournalState, type RestoreJournal } from "@/server/engine/restore/journal";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";

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
 * or put back by the next one on this machine.
 */
export class JournalFile implements RestoreJournal {
  private constructor(
    readonly path: string,
    readonly signal: AbortSignal,
    private stored: Stored,
    /** A command before this one left it unfinished. */
    readonly wasLeft: boolean,
  ) {}

  /**
   * Throws ATLAS_CLUSTER_RESTORE_IN_PROGRESS when the restore of another snapshot into this server was left unfinished:
   * that one comes first.
   */
  static open(folder: string, serverKey: string, identity: RestoreIdentity, signal: AbortSignal): JournalFile {
    const name = createHash("sha256").update(serverKey).digest("hex").slice(0, 24);
    const path = join(folder, "restores", `${name}.json`);
    const left = existsSync(path) ? Stored.parse(JSON.parse(readFileSync(path, "utf8"))) : null;
    if (!left?.state || left.state.phase === "done") {
      return new JournalFile(path, signal, { version: 1, runId: newId(), ...identity, state: null }, false);
    }
    const same =
      left.repositoryId === identity.repositoryId &&
      left.snapshotId === identity.snapshotId &&
      left.skipDamaged === identity.skipDamaged;
    if (!same) throw otherRestore(left, path);
    return new JournalFile(path, signal, left, true);
  }

  get runId(): string {
    return this.stored.runId;
  }

  get phase(): JournalState["phase"] | null {
    return this.stored.state?.phase ?? null;
  }

  read(): Promise<JournalState | null> {
    return Promise.resolve(this.stored.state as JournalState | null);
  }

  async write(state: JournalState): Promise<void> {
    // A file's states are checked only as far as this program reads them itself; an interface is no record to the types.
    this.stored = { ...this.stored, state: state as unknown as Stored["state"] };
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    const draft = `${this.path}.part`;
    writeFileSync(draft, JSON.stringify(this.stored), { mode: 0o600, flush: true });
    renameSync(draft, this.path);
  }

  async beforeCommit(): Promise<void> {
    this.signal.throwIfAborted();
  }

  /** Nothing is left to do. */
  remove(): void {
    rmSync(this.path, { force: true });
  }
}

function otherRestore(left: Stored, path: string): DomainError {
  const command = `holdfast snapshot restore ${left.snapshotId}${left.skipDamaged ? " --skip-damaged" : ""}`;
  return new DomainError("ATLAS_CLUSTER_RESTORE_IN_PROGRESS", {
    message: `a restore into this server was left unfinished (${path}); "${command} --to …" finishes it, with --roll-back it is put back`,
    params: { runId: left.runId, snapshotId: left.snapshotId },
  });
}
