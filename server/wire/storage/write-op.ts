import type { CommandError } from "../command-error";
import type { CollectionEntry } from "./catalog-entry";
import type { Stores } from "./lmdb/environment";
import type { ClusterTime } from "./timestamp";

/** One change, as `commit` takes it. */
export type WriteOp = InsertOp | UpdateOp | DeleteOp | CatalogOp | NoteOp;

export interface InsertOp {
  kind: "insert";
  entry: CollectionEntry;
  doc: Buffer;
  statement?: number;
}

export interface UpdateOp {
  kind: "update";
  entry: CollectionEntry;
  recordKey: Buffer;
  before: Buffer;
  after: Buffer;
  /** What the oplog says: the replacement itself or `{$v: 2, diff}`. */
  o: Buffer;
  statement?: number;
}

export interface DeleteOp {
  kind: "delete";
  entry: CollectionEntry;
  recordKey: Buffer;
  before: Buffer;
  statement?: number;
}

/** A change of the catalogue: `apply` writes stores inside the transaction, `published` changes memory after it. */
export interface CatalogOp {
  kind: "catalog";
  db: string;
  uuid: Buffer | null;
  o: Buffer;
  o2?: Buffer;
  apply(stores: Stores): void;
  published(): void;
}

export interface NoteOp {
  kind: "note";
  o: Buffer;
}

/** The part of a session that a retryable write belongs to; `record` is stored with it and read by its retry. */
export interface RetryRecord {
  sessionKey: Buffer;
  /** Fields put in front of the oplog entry: lsid and txnNumber, as elements. */
  head: Buffer;
  /** The record to store, asked for after the operations ran. */
  record(): Buffer;
}

export interface CommitOptions {
  /** abort: the first error throws and nothing is written; stop: keeps what came before; continue: skips the bad ones. */
  onError: "abort" | "stop" | "continue";
  retry?: RetryRecord;
  /** Told of each operation that was written, before the retry record is asked for. */
  onApplied?: (position: number) => void;
  /** One applyOps entry (a transaction) in place of one entry an operation. */
  transaction?: { head: Buffer };
}

export interface CommitResult {
  time: ClusterTime;
  /** By position in the list of operations. */
  errors: Map<number, CommandError>;
  /** How many operations were written. */
  applied: number;
}
