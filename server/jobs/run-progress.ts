import type { Progress, StepName } from "@/server/engine/source/progress";
import { toJsonColumn, type Prisma } from "@/server/platform/db";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import type { RunLease } from "./run-lease";

const STORE_EVERY_MS = 500;
const SAMPLE_EVERY_MS = 2_000;
const SPEED_WINDOW_MS = 30_000;
/** A longer run keeps every second sample, and so on: the chart never grows. */
const SAMPLES_MAX = 180;
/** Of more collections than this the largest are shown one by one. */
const COLLECTIONS_MAX = 200;
const LOG_LINES_MAX = 2_000;

interface CollectionProgress {
  name: string;
  bytes: number;
  documents: number;
  doneBytes: number;
  doneDocuments: number;
}

interface Sample {
  at: string;
  bytesPerSecond: number;
}

/**
 * The engine's Progress, kept in memory and stored through the lease at most twice a second. What it counts is for
 * people: a stored number is never used to decide anything.
 */
export class RunProgress implements Progress {
  readonly #lease: RunLease;
  readonly #steps: readonly StepName[];
  readonly #collections = new Map<string, CollectionProgress>();
  #total = { bytes: 0, documents: 0 };
  #done = { bytes: 0, documents: 0 };
  #message: string | null = null;
  #lines: Array<{ topic: string; message: string; at: Date }> = [];
  #linesWritten = 0;
  #samples: Sample[] = [];
  #sampleEveryMs = SAMPLE_EVERY_MS;
  #marks: Array<{ at: number; bytes: number }> = [];
  #sampledAt = performance.now();
  #dirty = false;
  #timer: NodeJS.Timeout | null = null;
  #storing: Promise<void> = Promise.resolve();

  constructor(lease: RunLease, steps: readonly StepName[]) {
    this.#lease = lease;
    this.#steps = steps;
  }

  /** Lays out the steps (a second worker begins with a clean list) and starts storing. */
  async start(): Promise<void> {
    const { runId } = this.#lease;
    const reset = { doneBytes: 0, doneDocuments: 0, step: null, message: null, bytesPerSecond: null };
    await this.#lease.transaction(reset, async (tx) => {
      await tx.runStep.deleteMany({ where: { runId } });
      const rows = this.#steps.map((name, position) => ({ runId, position, name, status: "QUEUED" as const }));
      await tx.runStep.createMany({ data: rows });
    });
    if (this.#lease.attempt > 1)
      this.log("worker", `worker ${this.#lease.workerId} goes on, attempt ${this.#lease.attempt}`);
    this.#timer = setInterval(() => this.#tick(), STORE_EVERY_MS);
  }

  /** Ends storing; what was counted last is in the row when it resolves. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    await this.#storing;
    await this.#store();
  }

  async step(name: StepName, message?: string): Promise<void> {
    const position = this.#steps.indexOf(name);
    if (position < 0) throw new Error(`${name} is not a step of this run`);
    this.#message = message ?? null;
    const { runId } = this.#lease;
    const now = new Date();
    await this.#lease.transaction({ step: name, message: this.#message }, async (tx) => {
      await tx.runStep.updateMany({
        where: { runId, status: "RUNNING", position: { not: position } },
        data: { status: "COMPLETED", finishedAt: now },
      });
      await tx.runStep.updateMany({
        where: { runId, position },
        data: { status: "RUNNING", startedAt: now, finishedAt: null, message: message ?? null },
      });
    });
  }

  message(text: string): void {
    this.#message = text;
    this.#dirty = true;
  }

  log(topic: string, text: string): void {
    if (this.#linesWritten + this.#lines.length >= LOG_LINES_MAX) return;
    this.#lines.push({ topic, message: text, at: new Date() });
    this.#dirty = true;
  }

  totals(total: { bytes: number; documents: number }): void {
    this.#total = { ...total };
    this.#dirty = true;
  }

  collections(list: Array<{ name: string; bytes: number; documents: number }>): void {
    this.#collections.clear();
    for (const item of list) this.#collections.set(item.name, { ...item, doneBytes: 0, doneDocuments: 0 });
    this.#dirty = true;
  }

  advance(done: { collection?: string; bytes: number; documents: number }): void {
    this.#done.bytes += done.bytes;
    this.#done.documents += done.documents;
    const collection = done.collection === undefined ? undefined : this.#collections.get(done.collection);
    if (collection) {
      collection.doneBytes += done.bytes;
      collection.doneDocuments += done.documents;
    }
    this.#dirty = true;
  }

  #tick(): void {
    this.#measure();
    if (!this.#dirty) return;
    this.#storing = this.#storing.then(() => this.#store());
  }

  /** Speed over the last 30 seconds, and now and then a sample for the chart. */
  #measure(): void {
    const now = performance.now();
    this.#marks.push({ at: now, bytes: this.#done.bytes });
    while (this.#marks.length > 2 && now - this.#marks[0]!.at > SPEED_WINDOW_MS) this.#marks.shift();
    if (now - this.#sampledAt < this.#sampleEveryMs) return;
    this.#sampledAt = now;
    this.#samples.push({ at: new Date().toISOString(), bytesPerSecond: Math.round(this.#speed() ?? 0) });
    if (this.#samples.length > SAMPLES_MAX) {
      this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
      this.#sampleEveryMs *= 2;
    }
    this.#dirty = true;
  }

  #speed(): number | null {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (!first || !last || last.at - first.at < STORE_EVERY_MS) return null;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }

  async #store(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    const lines = this.#lines;
    this.#lines = [];
    this.#linesWritten += lines.length;
    try {
      const { runId } = this.#lease;
      await this.#lease.transaction(this.#row(), async (tx) => {
        if (lines.length > 0) await tx.runLogLine.createMany({ data: lines.map((line) => ({ runId, ...line })) });
      });
    } catch (error) {
      if (isDomainError(error, "RUN_LEASE_LOST")) return;
      logger.warn({ err: error, runId: this.#lease.runId }, "the progress of a run could not be stored");
      this.#lines.unshift(...lines);
      this.#linesWritten -= lines.length;
      this.#dirty = true;
    }
  }

  #row(): Prisma.RunUpdateManyMutationInput {
    const collections = [...this.#collections.values()].sort((a, b) => b.bytes - a.bytes).slice(0, COLLECTIONS_MAX);
    return {
      message: this.#message,
      doneBytes: BigInt(Math.round(this.#done.bytes)),
      doneDocuments: BigInt(this.#done.documents),
      totalBytes: BigInt(Math.round(Math.max(this.#total.bytes, this.#done.bytes))),
      totalDocuments: BigInt(Math.max(this.#total.documents, this.#done.documents)),
      bytesPerSecond: this.#speed(),
      collections: toJsonColumn(collections),
      samples: toJsonColumn(this.#samples),
    };
  }
}
