import type { ByteRange, ObjectContent, ObjectFacts, ObjectLock, ObjectStore, PutOptions } from "../storage";

/** A store that hands every call on to another; wrappers replace the calls that they change. */
export abstract class WrappedStore implements ObjectStore {
  protected readonly inner: ObjectStore;

  constructor(inner: ObjectStore) {
    this.inner = inner;
  }

  get kind(): string {
    return this.inner.kind;
  }

  put(name: string, content: ObjectContent, options?: PutOptions): Promise<void> {
    return this.inner.put(name, content, options);
  }

  get(name: string, range?: ByteRange): AsyncIterable<Buffer> {
    return this.inner.get(name, range);
  }

  head(name: string): Promise<ObjectFacts | null> {
    return this.inner.head(name);
  }

  list(prefix: string): AsyncIterable<ObjectFacts> {
    return this.inner.list(prefix);
  }

  delete(name: string): Promise<void> {
    return this.inner.delete(name);
  }

  extendLock(name: string, lock: ObjectLock): Promise<void> {
    return this.inner.extendLock(name, lock);
  }

  serverTime(): Date | null {
    return this.inner.serverTime?.() ?? null;
  }

  close(): void {
    this.inner.close?.();
  }
}
