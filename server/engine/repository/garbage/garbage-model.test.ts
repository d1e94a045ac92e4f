import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DomainError } from "@/server/platform/errors/domain-error";
import { InstallationKey } from "@/server/platform/crypto";
import type { CollectableIndex } from "../node-index/collectable-index";
import { Cast, SHAPE, type Random } from "./garbage-actors";
import { World, type Actor, type Lies, type RunRow } from "./garbage-world";
import { Repository } from "../repository";

/**
 * Garbage collection against everything that can happen beside it. Each scenario is drawn from its seed: which actor takes
 * the next step, who is killed, which call fails, which lease is lost, when time passes. After every step no node of a
 * kept snapshot may be without its place and pack; now and then, and at the end, all of them are read.
 */

const GRACES_MS = [0, 40, 400];
const SPARSE_SHARES = [0.5, 0.95];
/** How often actors have their turn: some are asleep most of the time. */
const WEIGHTS = [1, 20, 20, 60, 60, 60];
const STEPS = 3000;
/** Enough for a round. */
const ASLEEP_STEPS_MAX = 300;
const READ_ALL_EVERY = 250;
const FAILURE = new DomainError("STORAGE_UNAVAILABLE");

/** Mulberry32: a small generator with a seed. */
function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

class Scenario {
  readonly random: Random;
  readonly world: World;
  readonly holders = new Map<RunRow, Actor>();
  readonly collectors = new Set<Actor>();
  cast!: Cast;
  steps = 0;

  constructor(seed: number, lies: Lies) {
    this.random = randomFrom(seed);
    this.world = new World(lies);
  }

  async open(): Promise<void> {
    const keys = { idKey: randomBytes(32), encryptionKey: randomBytes(32) };
    const { store, index } = this.world;
    const wrapWith = new InstallationKey("the installation key of the tests");
    const id = randomBytes(12).toString("hex");
    const repository = await Repository.create({ store, index, keys, id, shape: SHAPE, wrapWith });
    const graceMs = GRACES_MS[this.random(GRACES_MS.length)]!;
    const sparseShare = SPARSE_SHARES[this.random(SPARSE_SHARES.length)]!;
    this.cast = new Cast(this.world, keys, repository, this.random, graceMs, sparseShare);
    if (this.random(3) === 0) await this.cast.writeForeign();
  }

  /** The first thing that is wrong, or null. */
  async play(steps: number): Promise<string | null> {
    await this.open();
    while (this.steps < steps) {
      const wrong = await this.step();
      if (wrong) return wrong;
    }
    return this.end();
  }

  async step(): Promise<string | null> {
    this.steps += 1;
    this.world.clock.advance(1);
    if (this.world.actors.size === 0 || this.random(12) === 0) await this.happen();
    else await this.letOneGo();
    return this.look(this.steps % READ_ALL_EVERY === 0);
  }

  async letOneGo(failure?: DomainError): Promise<void> {
    const all = [...this.world.actors];
    const awake = all.filter(({ asleepUntil }) => asleepUntil <= this.steps);
    const actors = awake.length > 0 ? awake : all;
    let at = this.random(actors.reduce((sum, { weight }) => sum + weight, 0));
    const actor = actors.find(({ weight }) => (at -= weight) < 0)!;
    await this.world.settle([actor]);
    if (actor.waiting.length > 0) actor.step(this.random(100), failure);
    await this.world.settle([actor]);
    this.mayFallAsleep(actor);
  }

  async look(all: boolean): Promise<string | null> {
    if (this.world.findings.length > 0) return this.world.findings[0]!;
    if (!(await this.cast.isComplete())) return "a kept snapshot lacks a node";
    if (!all) return null;
    return this.cast.verifyAll().then(
      () => null,
      (error: unknown) => `a kept snapshot is damaged: ${String(error)}`,
    );
  }

  weight(): number {
    return WEIGHTS[this.random(WEIGHTS.length)]!;
  }

  async happen(): Promise<void> {
    const { world, cast, random } = this;
    const dice = random(100);
    if (dice < 25) this.take();
    else if (dice < 50) this.collect();
    else if (dice < 55) this.readOne();
    else if (dice < 70 && world.kept.length > 1) world.kept[random(world.kept.length)]!.deletedAt = world.clock.now();
    else if (dice < 76) world.clock.advance(1 + random(2 * cast.graceMs + 10));
    else if (dice < 85) this.loseLease();
    else if (dice < 90) [...world.actors][random(world.actors.size)]?.kill();
    else if (world.actors.size > 0) await this.letOneGo(FAILURE);
  }

  take(): void {
    if (this.world.runs.size < 3) this.tryOf(this.world.beginRun(this.world.addSnapshot()));
  }

  tryOf(run: RunRow): void {
    this.holders.set(
      run,
      this.world.start((actor) => this.cast.write(actor, run), this.weight()),
    );
  }

  /**
   * A computer that sleeps, a disk that does not answer: meanwhile others do all they like. The worst moment is when a pack
   * is stored and nobody knows of it yet.
   */
  mayFallAsleep(actor: Actor): void {
    const isAmid = actor.waiting.some(({ what }) => what.startsWith("after put packs/"));
    if (this.random(isAmid ? 3 : 300) === 0) actor.asleepUntil = this.steps + this.random(ASLEEP_STEPS_MAX);
  }

  /** With a run or, as a person's own program, without. */
  readOne(): void {
    if (this.world.kept.length === 0) return;
    const run = this.random(2) === 0 ? this.world.beginRun(null) : null;
    const actor = this.world.start((reader) => this.cast.read(reader, run), this.weight());
    if (run) this.holders.set(run, actor);
  }

  /** Seldom two, as when one was asleep so long that it lost its lock. */
  collect(): void {
    const alive = [...this.collectors].filter(({ ended }) => !ended).length;
    if (alive === 0 || (alive === 1 && this.random(3) === 0)) {
      this.collectors.add(this.world.start((actor) => this.cast.collect(actor), this.random(6) === 0 ? 1 : 150));
    }
  }

  /** Another worker takes the run over or settles it; whoever had it does not know yet, if it still lives. */
  loseLease(): void {
    const runs = [...this.world.runs];
    const run = runs[this.random(Math.max(1, runs.length))];
    if (!run) return;
    if (!run.snapshot) {
      if (this.holders.get(run)?.ended) this.world.endRun(run);
      return;
    }
    run.attempt += 1;
    if (this.random(3) > 0) return this.tryOf(run);
    run.snapshot.status = "FAILED";
    this.world.endRun(run);
  }

  /** Everybody finishes; then everything is deleted, and nothing may be left. */
  async end(): Promise<string | null> {
    const { world, cast } = this;
    while (world.actors.size > 0) {
      await this.letOneGo();
      const wrong = await this.look(false);
      if (wrong) return wrong;
    }
    for (const run of [...world.runs]) {
      if (run.snapshot) run.snapshot.status = "FAILED";
      world.endRun(run);
    }
    const wrong = await this.look(true);
    if (wrong) return wrong;
    for (const row of world.snapshots) row.deletedAt ??= world.clock.now();
    if (cast.foreign) await cast.repository.deleteManifest(cast.foreign.manifestId);
    cast.foreign = null;
    for (let round = 0; round < 3; round += 1) {
      world.clock.advance(cast.graceMs + 1);
      const collector = world.start((actor) => cast.collect(actor), 1);
      while (!collector.ended) await this.letOneGo();
    }
    const left: string[] = [];
    for await (const { name } of world.store.list("")) if (/^(packs|manifests)\//.test(name)) left.push(name);
    return (await this.look(false)) ?? (left.length > 0 ? `left behind: ${left.join(", ")}` : null);
  }
}

/** Plays scenarios until one goes wrong: its seed and the finding; and what was done in all of them. */
async function playAll(seeds: number[], steps: number, lies: Lies = {}) {
  const done = {
    steps: 0,
    snapshots: 0,
    rounds: 0,
    packsCondemned: 0,
    packsPardoned: 0,
    packsRewritten: 0,
    packsRemoved: 0,
    packsFound: 0,
  };
  for (const seed of seeds) {
    const scenario = new Scenario(seed, lies);
    const wrong = await scenario.play(steps);
    done.steps += scenario.steps;
    done.snapshots += scenario.cast.known.size;
    done.rounds += scenario.cast.reports.length;
    for (const report of scenario.cast.reports) {
      done.packsCondemned += report.packsCondemned;
      done.packsPardoned += report.packsPardoned;
      done.packsRewritten += report.packsRewritten;
      done.packsRemoved += report.packsRemoved;
      done.packsFound += report.packsFound;
    }
    if (wrong) return { wrong: `seed ${seed}, step ${scenario.steps}: ${wrong}`, done };
  }
  return { wrong: null, done };
}

const seeds = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

describe("garbage collection", () => {
  it("never takes what a kept snapshot needs, and leaves nothing in the end, whatever happens beside it", async () => {
    const { wrong, done } = await playAll(seeds(1, 5), STEPS);
    expect(wrong).toBeNull();
    // It was not for want of work.
    expect(done.steps).toBe(5 * STEPS);
    expect(done.snapshots).toBeGreaterThan(60);
    expect(done.rounds).toBeGreaterThan(20);
    expect(done.packsRemoved).toBeGreaterThan(60);
    expect(Math.min(done.packsRewritten, done.packsFound)).toBeGreaterThan(0);
  }, 240_000);
});

/** An index that breaks one promise. */
const lying = (change: (index: CollectableIndex) => Partial<CollectableIndex>) => (index: CollectableIndex) => {
  const changed = change(index);
  return new Proxy(index, {
    get(target, key) {
      const member: unknown = Reflect.get(changed, key) ?? Reflect.get(target, key);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
};

const LIES: Record<string, Lies> = {
  "does not wait for runs": { ignoresRuns: true },
  "removes manifests at once": { removesManifestsAtOnce: true },
  "lets writers build on deleted snapshots": { buildsOnDeleted: true },
  "marks once": { marksOnce: true },
  "takes a moment before it was visible": { earlyMs: 200 },
  "lets writers count on condemned packs": {
    index: lying((index) => ({
      lookup: async (ids) =>
        new Map([...(await index.lookup(ids))].map(([name, place]) => [name, { ...place, condemned: false }])),
    })),
  },
  "does not move what is stored again": {
    index: lying((index) => ({
      record: async (pack) => {
        const known = await index.lookup(pack.nodes.map(({ nodeId }) => nodeId));
        const nodes = pack.nodes.filter(({ nodeId }) => !known.has(nodeId.toString("hex")));
        await index.record({ ...pack, nodes });
      },
    })),
  },
};

describe("the model of garbage collection", () => {
  for (const [what, lies] of Object.entries(LIES)) {
    it(`finds out a collector that ${what}`, async () => {
      const { wrong } = await playAll(seeds(1, 40), STEPS, lies);
      expect(wrong).not.toBeNull();
    }, 240_000);
  }
});
