import { randomBytes } from "node:crypto";
import type { Clock } from "@/server/platform/clock";
import type { ErrorCode } from "@/server/platform/errors/codes";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { readObject, type ObjectStore } from "./storage";

export type ProbeStepName = "reach" | "write" | "read" | "list" | "conditional" | "delete" | "clock";

export interface ProbeStep {
  readonly name: ProbeStepName;
  readonly ok: boolean;
  /** Why it failed; also set on a step that is ok where people should know (an object that the bucket keeps locked). */
  readonly code: ErrorCode | null;
  /** One sentence, without secrets; on a step that is ok it is a warning. */
  readonly message: string | null;
  readonly milliseconds: number;
}

export interface ProbeResult {
  readonly ok: boolean;
  /** In the order of trying. Steps that could not be tried because an earlier one failed are absent. */
  readonly steps: readonly ProbeStep[];
}

export const CLOCK_SKEW_MS_WARNING = 60_000;
export const CLOCK_SKEW_MS_MAX = 5 * 60_000;

/** What a step that is ok has to say, or nothing. */
type Outcome = Pick<ProbeStep, "code" | "message"> | null;

const MAY_NOT: Record<ProbeStepName, string> = {
  reach: "look for an object",
  write: "store objects",
  read: "read objects",
  list: "list objects",
  conditional: "store objects on a condition",
  delete: "delete objects",
  clock: "ask for the time",
};

/**
 * Tries on a storage all that a repository needs, with three small objects of names that nobody else has, and removes
 * them, also after a failure. Every failure is a step with its code; what is thrown is only the signal's reason, and
 * not even that when it is a timeout: then the step that waited has failed with STORAGE_UNAVAILABLE.
 */
export async function probeStorage(
  store: ObjectStore,
  options: { clock: Clock; signal: AbortSignal },
): Promise<ProbeResult> {
  const steps: ProbeStep[] = [];
  const probe = new Probe(store);
  const { signal } = options;
  const run = async (name: ProbeStepName, work: () => Promise<Outcome>): Promise<boolean> => {
    const began = performance.now();
    const outcome = await attempt(name, work, signal);
    steps.push({ name, ...outcome, milliseconds: Math.round(performance.now() - began) });
    return outcome.ok;
  };
  let work: Promise<unknown> = Promise.resolve();
  const step = (name: ProbeStepName, body: () => Promise<Outcome>) =>
    run(name, () => {
      const running = body();
      work = running.catch(() => undefined);
      return running;
    });
  try {
    if (await step("reach", () => probe.reach())) {
      if (await step("write", () => probe.write())) {
        await step("read", () => probe.read());
        await step("list", () => probe.list());
        await step("conditional", () => probe.conditional());
        await step("delete", () => probe.delete());
      } else await step("list", () => probe.list());
    }
    await step("clock", async () => compareClocks(store, options.clock));
  } finally {
    // After an abort the step may still be writing; what it leaves goes when it ends, and nobody waits for that.
    const cleaned = work.then(() => probe.cleanUp());
    if (!signal.aborted) await cleaned;
  }
  return { ok: steps.every(({ ok }) => ok), steps };
}

/** The objects of one probe: two that a list must show in order ("-" comes before "/"), one for the condition. */
class Probe {
  readonly #store: ObjectStore;
  readonly #base = `probe-${randomBytes(8).toString("hex")}`;
  readonly #dashed = `${this.#base}-1`;
  readonly #below = `${this.#base}/1`;
  readonly #conditional = `${this.#base}-2`;
  readonly #content = randomBytes(1024);
  /** What the storage said it has stored. */
  readonly #stored = new Set<string>();
  /** What it may have stored, whatever it said. */
  #left: string[] = [];

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  async reach(): Promise<Outcome> {
    await this.#store.head(this.#dashed);
    return null;
  }

  async write(): Promise<Outcome> {
    for (const name of [this.#below, this.#dashed]) await this.#put(name, this.#content);
    return null;
  }

  async read(): Promise<Outcome> {
    const whole = await readObject(this.#store, this.#dashed);
    const part = await readObject(this.#store, this.#dashed, { offset: 100, length: 24 });
    const isSame = whole.equals(this.#content) && part.equals(this.#content.subarray(100, 124));
    if (!isSame) throw unsuitable("what was read is not what was stored");
    if ((await this.#store.head(this.#dashed))?.bytes !== this.#content.length) {
      throw unsuitable("the storage tells a wrong size of what was stored");
    }
    return null;
  }

  async list(): Promise<Outcome> {
    const names: string[] = [];
    for await (const { name } of this.#store.list(this.#base)) if (this.#stored.has(name)) names.push(name);
    const wanted = [...this.#stored].sort();
    if (names.join() === wanted.join()) return null;
    throw unsuitable(
      names.toSorted().join() === wanted.join()
        ? "the storage lists names in an order of its own, not in that of their bytes"
        : "a list does not show what was just stored",
    );
  }

  async conditional(): Promise<Outcome> {
    await this.#put(this.#conditional, this.#content, true);
    const refused = await this.#put(this.#conditional, randomBytes(16), true).then(
      () => false,
      (error: unknown) => {
        if (isDomainError(error, "STORAGE_OBJECT_EXISTS")) return true;
        throw error;
      },
    );
    if (refused) return null;
    throw unsuitable(
      "the server ignores conditional puts (If-None-Match): it replaced an object that it was told to keep, so that two writers could overwrite each other's",
    );
  }

  async delete(): Promise<Outcome> {
    await this.#deleteAll();
    for (const name of [this.#dashed, this.#below, this.#conditional]) {
      if (!this.#left.includes(name) && (await this.#store.head(name)))
        throw unsuitable("a deleted object is still there");
    }
    if (this.#left.length === 0) return null;
    const message = "the bucket locks every object by itself: what this test stored stays until those locks end";
    return { code: "STORAGE_OBJECT_LOCKED", message };
  }

  /** Tries to remove what is left, whatever happened before. */
  async cleanUp(): Promise<void> {
    await this.#deleteAll().catch(() => undefined);
  }

  async #put(name: string, content: Buffer, ifNoneMatch = false): Promise<void> {
    if (!this.#left.includes(name)) this.#left.push(name);
    await this.#store.put(name, content, { ifNoneMatch, lock: null });
    this.#stored.add(name);
  }

  async #deleteAll(): Promise<void> {
    let failure: unknown;
    for (const name of [...this.#left]) {
      try {
        await this.#store.delete(name);
        this.#left = this.#left.filter((other) => other !== name);
      } catch (error) {
        if (!isDomainError(error, "STORAGE_OBJECT_LOCKED")) failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }
}

function compareClocks(store: ObjectStore, clock: Clock): Outcome {
  const theirs = store.serverTime?.();
  if (!theirs) return { code: null, message: null };
  const skewMs = clock.now().getTime() - theirs.getTime();
  const words = `this machine's clock is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? "ahead of" : "behind"} the storage's`;
  if (Math.abs(skewMs) > CLOCK_SKEW_MS_MAX) throw new DomainError("STORAGE_CLOCK_SKEW", { message: words });
  return { code: null, message: Math.abs(skewMs) > CLOCK_SKEW_MS_WARNING ? words : null };
}

async function attempt(
  name: ProbeStepName,
  work: () => Promise<Outcome>,
  signal: AbortSignal,
): Promise<Pick<ProbeStep, "ok" | "code" | "message">> {
  try {
    const { code, message } = (await untilAborted(work, signal)) ?? { code: null, message: null };
    return { ok: true, code, message };
  } catch (error) {
    if (signal.aborted && error === signal.reason) {
      if (!(error instanceof Error && error.name === "TimeoutError")) throw error;
      return { ok: false, code: "STORAGE_UNAVAILABLE", message: "the storage did not answer in time" };
    }
    if (!isDomainError(error)) throw error;
    const isDenied = error.code === "STORAGE_ACCESS_DENIED";
    const message = isDenied ? `the credentials may not ${MAY_NOT[name]}: ${error.message}` : error.message;
    return { ok: false, code: error.code, message };
  }
}

/** Rejects with the signal's reason as soon as it is aborted, though the work goes on. */
async function untilAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, fail) => {
    stop = () => fail(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener("abort", stop!);
  }
}

function unsuitable(message: string): DomainError {
  return new DomainError("STORAGE_UNSUITABLE", { message });
}
