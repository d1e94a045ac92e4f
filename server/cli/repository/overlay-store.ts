import type {
  ByteRange,
  ObjectContent,
  ObjectFacts,
  ObjectLock,
  ObjectStore,
  PutOptions,
} from "@/server/engine/storage/storage";

/**
 * A storage that is only read, with a scratch storage over it that takes all writes. What is written here is seen like
 * the rest, and the storage below never changes.
 */
export class OverlayStore implements ObjectStore {
  readonly kind = "overlay";

  constructor(
    readonly below: ObjectStore,
    readonly scratch: ObjectStore,
  ) {}

  put(name: string, content: ObjectContent, options?: PutOptions): Promise<void> {
    return this.scratch.put(name, content, options);
  }

  async *get(name: string, range?: ByteRange): AsyncGenerator<Buffer> {
    const holder = (await this.scratch.head(name)) ? this.scratch : this.below;
    yield* holder.get(name, range);
  }

  async head(name: string): Promise<ObjectFacts | null> {
    return (await this.scratch.head(name)) ?? this.below.head(name);
  }

  /** Both in one order; what both have appears once. */
  async *list(prefix: string): AsyncGenerator<ObjectFacts> {
    const below = this.below.list(prefix)[Symbol.asyncIterator]();
    let next = await below.next();
    for await (const facts of this.scratch.list(prefix)) {
      while (!next.done && next.value.name < facts.name) {
        yield next.value;
        next = await below.next();
      }
      if (!next.done && next.value.name === facts.name) next = await below.next();
      yield facts;
    }
    for (; !next.done; next = await below.next()) yield next.value;
  }

  delete(name: string): Promise<void> {
    return this.scratch.delete(name);
  }

  extendLock(name: string, lock: ObjectLock): Promise<void> {
    return this.scratch.extendLock(name, lock);
  }
}
