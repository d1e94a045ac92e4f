import type { DomainError } from "@/server/platform/errors/domain-error";
import { fixedClock } from "@/server/platform/clock";
import { newId } from "@/server/platform/ids";
import type { ObjectStore } from "../../storage";
import { MemoryStore } from "../../storage/drivers/memory";
import { FaultyStore } from "../../storage/wrappers/faulty";
import type { CollectableIndex } from "../node-index/collectable-index";
import type { Ledger } from "./ledger";
import { MemoryNodeIndex } from "../node-index/memory-node-index";

/**
 * A world for the model test of garbage collection: storage, index, rows, a clock, and actors (garbage-actors.ts) that stop
 * before and after every single call to any of them. Whoever drives the world lets one actor take one step at a time, so
 * every order of calls can happen, and a crash or a failure between any two.
 */

/** A row of a snapshot, as the portal would have it. */
export interface SnapshotRow {
  readonly id: string;
  status: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  manifestId: string | null;
  deletedAt: Date | null;
}

/** A row of a run: it holds the lease. */
export interface RunRow {
  readonly startedAt: Date;
  running: boolean;
  /** An actor that began with another number has lost its lease. */
  attempt: number;
  /** The snapshot that it takes; null for a run that reads. */
  readonly snapshot: SnapshotRow | null;
}

/** Ways to break the rules, for the test of the test: each must be found out. */
export interface Lies {
  /** What a collector hears of runs under way. */
  ignoresRuns?: boolean;
  /** Manifests of deleted snapshots go at once. */
  removesManifestsAtOnce?: boolean;
  /** A writer may build on a snapshot that was deleted before it began. */
  buildsOnDeleted?: boolean;
  /** A collector sees the manifests of its round before, as if it had marked once. */
  marksOnce?: boolean;
  /** What everybody sees of the index. */
  index?(index: CollectableIndex): CollectableIndex;
  /** By how much the moment of a condemnation is too early. */
  earlyMs?: number;
}

export class World {
  readonly clock = fixedClock(new Date("2026-01-01T00:00:00Z"));
  readonly store: ObjectStore = new MemoryStore();
  readonly index: CollectableIndex;
  readonly lies: Lies;
  readonly snapshots: SnapshotRow[] = [];
  readonly runs = new Set<RunRow>();
  readonly actors = new Set<Actor>();
  /** What an actor met that nobody planned. */
  readonly findings: string[] = [];
  #changed: () => void = () => undefined;

  constructor(lies: Lies = {}) {
    this.lies = lies;
    const { earlyMs = 0 } = lies;
    const index = new MemoryNodeIndex({ now: () => new Date(this.clock.now().getTime() - earlyMs) });
    this.index = lies.index?.(index) ?? index;
  }

  get kept(): SnapshotRow[] {
    return this.snapshots.filter(({ status, deletedAt }) => status === "COMPLETED" && !deletedAt);
  }

  beginRun(snapshot: SnapshotRow | null): RunRow {
    const run = { startedAt: this.clock.now(), running: true, attempt: 1, snapshot };
    this.runs.add(run);
    return run;
  }

  addSnapshot(): SnapshotRow {
    const row: SnapshotRow = { id: newId(), status: "IN_PROGRESS", manifestId: null, deletedAt: null };
    this.snapshots.push(row);
    return row;
  }

  endRun(run: RunRow): void {
    run.running = false;
    this.runs.delete(run);
  }

  ledgerFor(actor: Actor): Ledger {
    const oldest = () => {
      const began = [...this.runs].map(({ startedAt }) => startedAt.getTime());
      return began.length > 0 ? new Date(Math.min(...began)) : null;
    };
    return {
      now: () => actor.call("now", false, async () => this.clock.now()),
      oldestRunningSince: () => actor.call("oldestRunningSince", false, async () => oldest()),
      neededManifests: () =>
        actor.call("neededManifests", false, async () =>
          this.lies.marksOnce ? [] : this.kept.map((row) => row.manifestId!),
        ),
    };
  }

  start(work: (actor: Actor) => Promise<void>, weight: number): Actor {
    const actor = new Actor(this, weight);
    this.actors.add(actor);
    void actor.run(work);
    return actor;
  }

  /** Waits until each of these actors has ended or stands before a step. */
  async settle(actors: Iterable<Actor> = this.actors): Promise<void> {
    await new Promise((done) => setImmediate(done));
    while ([...actors].some((actor) => !actor.ended && actor.waiting.length === 0)) {
      await new Promise<void>((done) => (this.#changed = done));
    }
  }

  wake(): void {
    this.#changed();
  }
}

interface Step {
  what: string;
  go(): void;
  fail(error: unknown): void;
}

/** Something that works step by step. Killed, it never takes another step: no handler of an error runs either. */
export class Actor {
  readonly waiting: Step[] = [];
  ended = false;
  /** The scenario's step before which it takes none, as long as others can. */
  asleepUntil = 0;

  constructor(
    readonly world: World,
    /** How often it has its turn, compared with others. */
    readonly weight: number,
  ) {}

  async run(work: (actor: Actor) => Promise<void>): Promise<void> {
    try {
      await work(this);
    } catch (error) {
      this.world.findings.push(`an actor failed: ${String(error)}`);
    }
    this.kill();
  }

  kill(): void {
    this.ended = true;
    this.waiting.length = 0;
    this.world.actors.delete(this);
    this.world.wake();
  }

  /** Stops until the driver lets it go on, or wants something to go wrong. */
  pass(what: string): Promise<void> {
    return new Promise((go, fail) => {
      if (!this.ended) this.waiting.push({ what, go, fail });
      this.world.wake();
    });
  }

  /** A call that changes something has a stop on either side: a crash can come before and after its effect. */
  async call<T>(what: string, changes: boolean, work: () => Promise<T>): Promise<T> {
    await this.pass(what);
    const result = await work();
    if (changes) await this.pass(`after ${what}`);
    return result;
  }

  /** Takes one of the steps that it stands before, `at` of them. */
  step(at: number, failure?: DomainError): void {
    const [step] = this.waiting.splice(at % this.waiting.length, 1);
    if (failure) step!.fail(failure);
    else step!.go();
  }

  store(): ObjectStore {
    return new FaultyStore(this.world.store, {
      before: (operation, name) => this.pass(`${operation} ${name}`),
      after: (operation, name) => this.pass(`after ${operation} ${name}`),
    });
  }

  index(): CollectableIndex {
    const { index } = this.world;
    const reading = {
      lookup: index.lookup,
      nodesIn: index.nodesIn,
      unknownPacks: index.unknownPacks,
      removedPacks: index.removedPacks,
      hasGonePacks: index.hasGonePacks,
    };
    const changing = {
      record: index.record,
      recordFound: index.recordFound,
      condemn: index.condemn,
      markGone: index.markGone,
      keepReturned: index.keepReturned,
      settleCondemned: index.settleCondemned,
      pardon: index.pardon,
      emptyPack: index.emptyPack,
      dropPack: index.dropPack,
      forgetRemoved: index.forgetRemoved,
    };
    const stepped: Array<[string, unknown]> = [];
    for (const methods of [reading, changing]) {
      for (const [name, method] of Object.entries<(...args: never[]) => Promise<unknown>>(methods)) {
        const call = (...args: never[]) => this.call(name, methods === changing, () => method.apply(index, args));
        stepped.push([name, call]);
      }
    }
    return { ...Object.fromEntries(stepped), listPacks: () => index.listPacks() } as CollectableIndex;
  }
}
