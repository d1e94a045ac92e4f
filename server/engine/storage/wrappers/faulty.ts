import type { ByteRange, ObjectContent, ObjectFacts, ObjectStore, PutOptions } from "../storage";
import { WrappedStore } from "./wrapped";

export type StoreOperation = "put" | "get" | "head" | "list" | "delete";

/** What goes wrong and when. Each hook may throw; a hook that is absent does nothing. */
export interface Faults {
  /** Before the storage hears of it. */
  before?(operation: StoreOperation, name: string): void | Promise<void>;
  /** After the storage has done it: the caller sees a failure of something that happened. */
  after?(operation: "put" | "delete", name: string): void | Promise<void>;
  /** For each piece read, with the offset of its first byte in the object; the answer takes the place of the piece. */
  piece?(name: string, piece: Buffer, offset: number): Buffer;
}

/** A store that fails as it is told, for tests and for drills of failure. */
export class FaultyStore extends WrappedStore {
  readonly #faults: Faults;

  /** `faults` is read at each call, so a test can change it on the way. */
  constructor(inner: ObjectStore, faults: Faults) {
    super(inner);
    this.#faults = faults;
  }

  override async put(name: string, content: ObjectContent, options?: PutOptions): Promise<void> {
    await this.#faults.before?.("put", name);
    await this.inner.put(name, content, options);
    await this.#faults.after?.("put", name);
  }

  override async *get(name: string, range?: ByteRange): AsyncGenerator<Buffer> {
    await this.#faults.before?.("get", name);
    let offset = range?.offset ?? 0;
    for await (const piece of this.inner.get(name, range)) {
      yield this.#faults.piece?.(name, piece, offset) ?? piece;
      offset += piece.length;
    }
  }

  override async head(name: string): Promise<ObjectFacts | null> {
    await this.#faults.before?.("head", name);
    return this.inner.head(name);
  }

  override async *list(prefix: string): AsyncGenerator<ObjectFacts> {
    await this.#faults.before?.("list", prefix);
    yield* this.inner.list(prefix);
  }

  override async delete(name: string): Promise<void> {
    await this.#faults.before?.("delete", name);
    await this.inner.delete(name);
    await this.#faults.after?.("delete", name);
  }
}
