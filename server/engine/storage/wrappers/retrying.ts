import { isDomainError } from "@/server/platform/errors/domain-error";
import {
  contentPieces,
  type ByteRange,
  type ObjectContent,
  type ObjectFacts,
  type ObjectLock,
  type ObjectStore,
  type PutOptions,
} from "../storage";
import { pauseBeforeRetry, RETRY_DEFAULTS, retryUnavailable, type RetryOptions } from "../retry";
import { ReadProgress } from "./read-progress";
import { WrappedStore } from "./wrapped";

/**
 * Tries again what failed with STORAGE_UNAVAILABLE, and nothing else: a full or read-only storage does not mend by
 * itself. A read goes on where it stopped (ReadProgress), a list after the last name. A put whose answer was lost succeeds
 * where the object holds just this content. Content from a generator can be read once, so such a put has one try.
 */
export class RetryingStore extends WrappedStore {
  readonly #options: RetryOptions;

  constructor(inner: ObjectStore, options: Partial<RetryOptions> = {}) {
    super(inner);
    this.#options = { ...RETRY_DEFAULTS, ...options };
  }

  override async put(name: string, content: ObjectContent, options?: PutOptions): Promise<void> {
    let attempt = 1;
    for (; ; attempt += 1) {
      try {
        return await this.inner.put(name, content, options);
      } catch (error) {
        if (attempt > 1 && isInTheWay(error, options) && (await this.#holds(name, content))) return;
        if (!isReplayable(content)) throw error;
        await this.#pause(error, attempt);
      }
    }
  }

  override async *get(name: string, range?: ByteRange): AsyncGenerator<Buffer> {
    const progress = new ReadProgress(name, range?.offset ?? 0);
    const end = range ? range.offset + range.length : Number.MAX_SAFE_INTEGER;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const offset = progress.begin();
        const rest = offset === 0 && !range ? undefined : { offset, length: end - offset };
        for await (const piece of this.inner.get(name, rest)) {
          const fresh = progress.take(piece);
          if (fresh.length === 0) continue;
          attempt = 1;
          yield fresh;
        }
        return progress.finish();
      } catch (error) {
        await this.#pause(error, attempt);
      }
    }
  }

  override head(name: string): Promise<ObjectFacts | null> {
    return retryUnavailable(() => this.inner.head(name), this.#options);
  }

  override async *list(prefix: string): AsyncGenerator<ObjectFacts> {
    let last = "";
    for (let attempt = 1; ; attempt += 1) {
      const seen = last;
      try {
        for await (const facts of this.inner.list(prefix)) {
          if (facts.name <= seen) continue;
          last = facts.name;
          attempt = 1;
          yield facts;
        }
        return;
      } catch (error) {
        await this.#pause(error, attempt);
      }
    }
  }

  override delete(name: string): Promise<void> {
    return retryUnavailable(() => this.inner.delete(name), this.#options);
  }

  override extendLock(name: string, lock: ObjectLock): Promise<void> {
    return retryUnavailable(() => this.inner.extendLock(name, lock), this.#options);
  }

  #pause(error: unknown, attempt: number): Promise<void> {
    return pauseBeforeRetry(error, attempt, this.#options);
  }

  /** Whether the object is exactly this content: then an earlier try had succeeded without our hearing of it. */
  async #holds(name: string, content: ObjectContent): Promise<boolean> {
    if (!isReplayable(content)) return false;
    let offset = 0;
    for await (const piece of contentPieces(content)) {
      if (piece.length === 0) continue;
      let at = 0;
      for await (const stored of this.get(name, { offset, length: piece.length })) {
        if (!stored.equals(piece.subarray(at, at + stored.length))) return false;
        at += stored.length;
      }
      if (at !== piece.length) return false;
      offset += at;
    }
    return (await this.head(name))?.bytes === offset;
  }
}

/**
 * Whether the put was refused for an object of its name, which an earlier try may have stored: by the condition, or by a
 * bucket that locks what is stored in it. Not where a lock was asked for: that object may have another.
 */
function isInTheWay(error: unknown, options: PutOptions = {}): boolean {
  return (
    isDomainError(error, "STORAGE_OBJECT_EXISTS") || (isDomainError(error, "STORAGE_OBJECT_LOCKED") && !options.lock)
  );
}

/** A generator gives itself when it is asked to start; anything else starts anew. */
function isReplayable(content: ObjectContent): boolean {
  return Buffer.isBuffer(content) || (content[Symbol.asyncIterator]() as unknown) !== content;
}
