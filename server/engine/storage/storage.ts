import { DomainError } from "@/server/platform/errors/domain-error";
import type { LockMode } from "./location";

/**
 * Object storage as the engine needs it: named, immutable in practice, possibly far away. Drivers (drivers/) talk to one
 * kind of storage; wrappers (wrappers/) add retrying, faults and so on behind the same interface. storage-suite.ts holds
 * each of them to the promises below.
 *
 * Names are parts of letters, digits, dot, dash and underscore, joined by "/"; no part begins with a dot, and no
 * name is the folder of another ("a" beside "a/b").
 *
 * Every call of a store that is reached over a network may also throw STORAGE_CREDENTIALS_WRONG (it does not know us),
 * STORAGE_ACCESS_DENIED (it knows us, and we may not), STORAGE_BUCKET_NOT_FOUND, STORAGE_CLOCK_SKEW and STORAGE_REFUSED
 * (any other refusal). Only STORAGE_UNAVAILABLE can be mended by trying again.
 */
export interface ObjectStore {
  /** Which driver answers in the end: "filesystem", "memory", … */
  readonly kind: string;

  /**
   * Stores an object. When it resolves, the object is durable: it survives a power cut. Before that no reader sees any
   * of it, also when the writer dies; an object of that name that was there is replaced whole or not at all. With
   * `ifNoneMatch` an existing object is left alone and the call fails with STORAGE_OBJECT_EXISTS; of several writers
   * exactly one wins. Safe to call again after any failure. Throws STORAGE_FULL, STORAGE_READ_ONLY,
   * STORAGE_UNAVAILABLE, and whatever `content` throws, in which case nothing is stored. Storage that cannot lock
   * refuses `lock` with STORAGE_LOCK_UNSUPPORTED; it never just leaves it out.
   */
  put(name: string, content: ObjectContent, options?: PutOptions): Promise<void>;

  /**
   * The bytes of an object in order, in pieces of at most READ_PIECE_BYTES, each a buffer that nobody else writes to. A range
   * that reaches beyond the end yields what there is. Throws STORAGE_OBJECT_NOT_FOUND, STORAGE_UNAVAILABLE, at the
   * first step or a later one.
   */
  get(name: string, range?: ByteRange): AsyncIterable<Buffer>;

  /** Size of an object, or null when there is none. Throws STORAGE_UNAVAILABLE. */
  head(name: string): Promise<ObjectFacts | null>;

  /**
   * Objects whose names begin with `prefix`, in ascending byte order of names. Objects that are put or deleted
   * meanwhile may or may not appear; all others appear exactly once. Throws STORAGE_UNAVAILABLE.
   */
  list(prefix: string): AsyncIterable<ObjectFacts>;

  /**
   * Removes an object; none of that name is not an error. Throws STORAGE_READ_ONLY, STORAGE_UNAVAILABLE, and
   * STORAGE_OBJECT_LOCKED for an object that must be kept, which then stays as it is.
   */
  delete(name: string): Promise<void>;

  /**
   * Locks an object, or keeps it locked for longer. Shortening a lock may be refused (STORAGE_OBJECT_LOCKED). Throws
   * STORAGE_LOCK_UNSUPPORTED where objects cannot be locked, STORAGE_OBJECT_NOT_FOUND.
   */
  extendLock(name: string, lock: ObjectLock): Promise<void>;

  /** The storage's own time, as its latest answer gave it (to the second); null before the first, absent where it tells none. */
  serverTime?(): Date | null;

  /**
   * Ends what is under way and gives connections back; from then on every call may fail with STORAGE_UNAVAILABLE. Absent
   * where there is nothing to end. A store that nobody uses any more need not be closed.
   */
  close?(): void;
}

/**
 * An iterable that can be started again (not a generator) lets a failed put be tried again. Buffers stay as they are
 * until the put has ended.
 */
export type ObjectContent = Buffer | AsyncIterable<Buffer>;

export interface PutOptions {
  readonly ifNoneMatch?: boolean;
  /** Nobody may replace or delete the object before this time; null means no lock where the location has one for all. */
  readonly lock?: ObjectLock | null;
}

export interface ObjectLock {
  readonly mode: LockMode;
  readonly until: Date;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface ObjectFacts {
  readonly name: string;
  readonly bytes: number;
}

export const READ_PIECE_BYTES = 1024 * 1024;

/** Of what is read as a whole, where its format has no smaller limit. */
const OBJECT_BYTES_MAX = 256 * 1024 * 1024;

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const NAME_LENGTH_MAX = 512;

export function isObjectName(name: string): boolean {
  return name.length <= NAME_LENGTH_MAX && NAME.test(name);
}

/** Throws VALIDATION_ERROR for a name that some storage would refuse or read differently ("..", a leading slash). */
export function assertObjectName(name: string): void {
  if (isObjectName(name)) return;
  throw new DomainError("VALIDATION_ERROR", { message: `"${name}" is not an object name`, params: { name } });
}

export function objectNotFound(name: string, cause?: unknown): DomainError {
  return new DomainError("STORAGE_OBJECT_NOT_FOUND", { message: `no object ${name}`, params: { name }, cause });
}

/** What a driver of storage that cannot lock objects answers to who asks for a lock. */
export function lockUnsupported(kind: string): DomainError {
  return new DomainError("STORAGE_LOCK_UNSUPPORTED", {
    message: `${kind} storage cannot lock objects`,
    params: { kind },
  });
}

export function objectLocked(name: string): DomainError {
  return new DomainError("STORAGE_OBJECT_LOCKED", { message: `object ${name} is locked`, params: { name } });
}

export function objectExists(name: string): DomainError {
  return new DomainError("STORAGE_OBJECT_EXISTS", { message: `object ${name} exists`, params: { name } });
}

/** Content as pieces, whatever form it came in. */
export async function* contentPieces(content: ObjectContent): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(content)) yield content;
  else yield* content;
}

/**
 * A whole object, or a range of it, as one buffer. Only for objects whose size is bounded by the format (headers,
 * manifests, nodes, pack indexes). Throws what `get` throws, and STORAGE_REFUSED when more comes than was asked for, or than
 * `bytesMax` without a range: whoever holds the storage must not fill our memory.
 */
export async function readObject(
  store: ObjectStore,
  name: string,
  range?: ByteRange,
  bytesMax = OBJECT_BYTES_MAX,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const most = range?.length ?? bytesMax;
  let bytes = 0;
  for await (const piece of store.get(name, range)) {
    bytes += piece.length;
    if (bytes > most) {
      const message = `the storage gives more of ${name} than ${most} bytes`;
      throw new DomainError("STORAGE_REFUSED", { message, params: { name, reason: "TOO_LONG", status: null } });
    }
    pieces.push(piece);
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
