import { DomainError } from "@/server/platform/errors/domain-error";

/**
 * Object storage as the engine needs it: named, immutable in practice, possibly far away. Drivers (drivers/) talk to one
 * kind of storage; wrappers (wrappers/) add retrying, faults and so on behind the same interface. storage-suite.ts holds
 * each of them to the promises below.
 *
 * Names are parts of letters, digits, dot, dash and underscore, joined by "/"; no part begins with a dot, and no
 * name is the folder of another ("a" beside "a/b").
 */
export interface ObjectStore {
  /** Which driver answers in the end: "filesystem", "memory", … */
  readonly kind: string;

  /**
   * Stores an object. When it resolves, the object is durable: it survives a power cut. Before that no reader sees any
   * of it, also when the writer dies; an object of that name that was there is replaced whole or not at all. With
   * `ifNoneMatch` an existing object is left alone and the call fails with STORAGE_OBJECT_EXISTS; of several writers
   * exactly one wins. Safe to call again after any failure. Throws STORAGE_FULL, STORAGE_READ_ONLY,
   * STORAGE_UNAVAILABLE, and whatever `content` throws, in which case nothing is stored.
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

  /** Removes an object; none of that name is not an error. Throws STORAGE_READ_ONLY, STORAGE_UNAVAILABLE. */
  delete(name: string): Promise<void>;
}

/** An iterable that can be started again (not a generator) lets a failed put be tried again. */
export type ObjectContent = Buffer | AsyncIterable<Buffer>;

export interface PutOptions {
  readonly ifNoneMatch?: boolean;
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

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const NAME_LENGTH_MAX = 512;

/** Throws VALIDATION_ERROR for a name that some storage would refuse or read differently ("..", a leading slash). */
export function assertObjectName(name: string): void {
  if (name.length <= NAME_LENGTH_MAX && NAME.test(name)) return;
  throw new DomainError("VALIDATION_ERROR", { message: `"${name}" is not an object name`, params: { name } });
}

export function objectNotFound(name: string, cause?: unknown): DomainError {
  return new DomainError("STORAGE_OBJECT_NOT_FOUND", { message: `no object ${name}`, params: { name }, cause });
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
 * manifests, nodes, pack indexes). Throws what `get` throws.
 */
export async function readObject(store: ObjectStore, name: string, range?: ByteRange): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of store.get(name, range)) pieces.push(piece);
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
