import {
  assertObjectName,
  contentPieces,
  objectExists,
  objectLocked,
  objectNotFound,
  READ_PIECE_BYTES,
  type ByteRange,
  type ObjectContent,
  type ObjectFacts,
  type ObjectLock,
  type ObjectStore,
  type PutOptions,
} from "../storage";

/** Objects in memory: a real store for tests and short-lived work, gone with the process. It can lock objects. */
export class MemoryStore implements ObjectStore {
  readonly kind = "memory";
  readonly #objects = new Map<string, Buffer>();
  readonly #lockedUntil = new Map<string, Date>();

  async put(name: string, content: ObjectContent, options: PutOptions = {}): Promise<void> {
    assertObjectName(name);
    const pieces: Buffer[] = [];
    for await (const piece of contentPieces(content)) pieces.push(Buffer.from(piece));
    if (options.ifNoneMatch && this.#objects.has(name)) throw objectExists(name);
    this.#assertUnlocked(name);
    this.#objects.set(name, Buffer.concat(pieces));
    if (options.lock) this.#lockedUntil.set(name, options.lock.until);
  }

  async *get(name: string, range?: ByteRange): AsyncGenerator<Buffer> {
    assertObjectName(name);
    const object = this.#objects.get(name);
    if (!object) throw objectNotFound(name);
    const end = range ? Math.min(object.length, range.offset + range.length) : object.length;
    for (let at = range?.offset ?? 0; at < end; at += READ_PIECE_BYTES) {
      yield Buffer.from(object.subarray(at, Math.min(end, at + READ_PIECE_BYTES)));
    }
  }

  async head(name: string): Promise<ObjectFacts | null> {
    assertObjectName(name);
    const object = this.#objects.get(name);
    return object ? { name, bytes: object.length } : null;
  }

  async *list(prefix: string): AsyncGenerator<ObjectFacts> {
    for (const name of [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort()) {
      const object = this.#objects.get(name);
      if (object) yield { name, bytes: object.length };
    }
  }

  async delete(name: string): Promise<void> {
    assertObjectName(name);
    this.#assertUnlocked(name);
    this.#objects.delete(name);
  }

  async extendLock(name: string, lock: ObjectLock): Promise<void> {
    if (!this.#objects.has(name)) throw objectNotFound(name);
    const until = this.#lockedUntil.get(name);
    if (until && until > lock.until) throw objectLocked(name);
    this.#lockedUntil.set(name, lock.until);
  }

  #assertUnlocked(name: string): void {
    const until = this.#lockedUntil.get(name);
    if (until && until > new Date()) throw objectLocked(name);
    this.#lockedUntil.delete(name);
  }
}
