import { commandError, type CommandError } from "../command-error";
import type { CollectionEntry } from "../storage/catalog-entry";
import type { ClusterStore } from "../storage/cluster-store";
import type { ReadView, StoredRecord } from "../storage/read-view";
import type { WriteOp } from "../storage/write-op";

/** As transactionLifetimeLimitSeconds. */
const LIFETIME_MS = 60_000;

type Change = { entry: CollectionEntry; recordKey: Buffer; after: Buffer | null };

/** Which open transaction has written which record; the second writer gets WriteConflict. */
export class WriteLocks {
  readonly #owners = new Map<string, SessionTransaction>();

  get empty(): boolean {
    return this.#owners.size === 0;
  }

  key(entry: CollectionEntry, recordKey: Buffer): string {
    return `${entry.ident}:${recordKey.toString("latin1")}`;
  }

  owner(entry: CollectionEntry, recordKey: Buffer): SessionTransaction | undefined {
    return this.#owners.size === 0 ? undefined : this.#owners.get(this.key(entry, recordKey));
  }

  take(key: string, owner: SessionTransaction): void {
    this.#owners.set(key, owner);
  }

  release(owner: SessionTransaction): void {
    for (const [key, holder] of this.#owners) if (holder === owner) this.#owners.delete(key);
  }
}

/** 112 with the label that makes drivers run the whole transaction again. */
export function writeConflict(): CommandError {
  const error = commandError(
    112,
    "Caused by :: Write conflict during plan execution and yielding is disabled. :: Please retry your operation or multi-document transaction.",
  );
  error.labels.push("TransientTransactionError");
  return error;
}

/**
 * A multi-document transaction: reads see the moment it began plus its own writes; writes are kept here and go into one
 * commit. A record that somebody else changed since that moment, or that another open transaction holds, is a
 * write conflict at once.
 */
export class SessionTransaction {
  state: "open" | "committed" | "aborted" = "open";
  readonly ops: WriteOp[] = [];
  readonly #changes = new Map<string, Change>();
  readonly #hold: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;
  commandsRun = 0;

  constructor(
    readonly number: bigint,
    readonly view: ReadView,
    private readonly store: ClusterStore,
    private readonly locks: WriteLocks,
  ) {
    this.#hold = store.pins.hold(view);
    this.#timer = setTimeout(() => this.abort(), LIFETIME_MS).unref();
    this.#ended = new Promise((resolve) => (this.#resolveEnded = resolve));
  }

  /** Resolves when it was committed or aborted; writers outside of transactions wait for that. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  hasChanges(entry: CollectionEntry): boolean {
    for (const change of this.#changes.values()) if (change.entry.ident === entry.ident) return true;
    return false;
  }

  /** What this transaction did to a record: its bytes, null for removed, undefined for untouched. */
  changeOf(entry: CollectionEntry, recordKey: Buffer): Buffer | null | undefined {
    return this.#changes.get(this.locks.key(entry, recordKey))?.after;
  }

  *changedRecords(entry: CollectionEntry): Generator<StoredRecord> {
    for (const change of this.#changes.values()) {
      if (change.entry.ident === entry.ident && change.after) yield { recordKey: change.recordKey, doc: change.after };
    }
  }

  /** Records a write. Throws 112 when the record is not what this transaction saw. */
  write(entry: CollectionEntry, recordKey: Buffer, after: Buffer | null, op: WriteOp): void {
    const key = this.locks.key(entry, recordKey);
    const owner = this.locks.owner(entry, recordKey);
    if (owner && owner !== this) throw writeConflict();
    if (!this.#changes.has(key)) {
      const seen = this.view.collection(entry.namespace) ? this.view.get(entry, recordKey) : undefined;
      const current = this.store.latest().get(entry, recordKey);
      if (seen === undefined ? current !== undefined : !current || !seen.equals(current)) throw writeConflict();
    }
    this.locks.take(key, this);
    this.#changes.set(key, { entry, recordKey, after });
    this.ops.push(op);
  }

  abort(): void {
    if (this.state !== "open") return;
    this.state = "aborted";
    this.#finish();
  }

  committed(): void {
    this.state = "committed";
    this.#finish();
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.locks.release(this);
    this.#hold();
    this.store.pins.release(this.view);
    this.ops.length = 0;
    this.#changes.clear();
    this.#resolveEnded();
  }
}
