import { randomUUID } from "node:crypto";

/** A refusal of the fake, answered with its status and code. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

export interface Version {
  readonly id: string;
  /** Null for a delete marker. */
  readonly content: Buffer | null;
  readonly at: Date;
  lock: { mode: string; until: Date } | null;
}

export interface PutHeaders {
  readonly ifNoneMatch: boolean;
  readonly lock: Version["lock"];
}

/** What one bucket holds. With locks it keeps versions, oldest first, as a bucket made with Object Lock does. */
export class FakeBucket {
  readonly #keys = new Map<string, Version[]>();

  constructor(readonly hasLocks: boolean) {}

  current(key: string): Version | null {
    const newest = this.#keys.get(key)?.at(-1);
    return newest?.content ? newest : null;
  }

  version(key: string, id: string | null): Version | null {
    return id === null ? this.current(key) : (this.#keys.get(key)?.find((version) => version.id === id) ?? null);
  }

  assertMayPut(key: string, { ifNoneMatch, lock }: PutHeaders): void {
    if (lock && !this.hasLocks) throw new Refused(400, "InvalidRequest");
    if (ifNoneMatch && this.current(key)) throw new Refused(412, "PreconditionFailed");
  }

  put(key: string, content: Buffer, headers: PutHeaders): void {
    this.assertMayPut(key, headers);
    this.#add(key, { id: randomUUID(), content, at: new Date(), lock: headers.lock });
  }

  delete(key: string, id: string | null): void {
    if (id === null) {
      if (this.hasLocks) this.#add(key, { id: randomUUID(), content: null, at: new Date(), lock: null });
      else this.#keys.delete(key);
      return;
    }
    const version = this.version(key, id);
    if (version?.lock && version.lock.until > new Date()) throw new Refused(403, "AccessDenied");
    const left = (this.#keys.get(key) ?? []).filter((other) => other.id !== id);
    if (left.length > 0) this.#keys.set(key, left);
    else this.#keys.delete(key);
  }

  extendLock(key: string, lock: NonNullable<Version["lock"]>): void {
    if (!this.hasLocks) throw new Refused(400, "InvalidRequest");
    const version = this.current(key);
    if (!version) throw new Refused(404, "NoSuchKey");
    if (version.lock && version.lock.until > lock.until) throw new Refused(403, "AccessDenied");
    version.lock = lock;
  }

  /** Keys in order of their bytes, hidden ones too. */
  keys(prefix: string): string[] {
    return [...this.#keys.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  versions(key: string): readonly Version[] {
    return this.#keys.get(key) ?? [];
  }

  #add(key: string, version: Version): void {
    this.#keys.set(key, [...(this.hasLocks ? this.versions(key) : []), version]);
  }
}
