import {
  assertObjectName,
  contentPieces,
  objectExists,
  objectNotFound,
  READ_PIECE_BYTES,
  type ByteRange,
  type ObjectContent,
  type ObjectFacts,
  type ObjectStore,
  type PutOptions,
} from "../storage";

/** Objects in memory: a real store for tests and short-lived work, gone with the process. */
export class MemoryStore implements ObjectStore {
  readonly kind = "memory";
  readonly #objects = new Map<string, Buffer>();

  async put(name: string, content: ObjectContent, options: PutOptions = {}): Promise<void> {
    assertObjectName(name);
    const pieces: Buffer[] = [];
    for await (const piece of contentPieces(content)) pieces.push(Buffer.from(piece));
    if (options.ifNoneMatch && this.#objects.has(name)) throw objectExists(name);
    this.#objects.set(name, Buffer.concat(pieces));
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
    this.#objects.delete(name);
  }
}
