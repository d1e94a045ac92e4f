import { DomainError } from "@/server/platform/errors/domain-error";
import type { ByteRange, ObjectFacts, ObjectStore } from "../storage";

/** Lets reads through and refuses every change with STORAGE_READ_ONLY. */
export class ReadOnlyStore implements ObjectStore {
  readonly #inner: ObjectStore;

  constructor(inner: ObjectStore) {
    this.#inner = inner;
  }

  get kind(): string {
    return this.#inner.kind;
  }

  put(name: string): Promise<void> {
    return Promise.reject(refusal(name));
  }

  get(name: string, range?: ByteRange): AsyncIterable<Buffer> {
    return this.#inner.get(name, range);
  }

  head(name: string): Promise<ObjectFacts | null> {
    return this.#inner.head(name);
  }

  list(prefix: string): AsyncIterable<ObjectFacts> {
    return this.#inner.list(prefix);
  }

  delete(name: string): Promise<void> {
    return Promise.reject(refusal(name));
  }
}

function refusal(name: string): DomainError {
  return new DomainError("STORAGE_READ_ONLY", { message: "the storage was opened for reading", params: { name } });
}
