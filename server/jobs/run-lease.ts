import type { Db, Prisma, RunStatus, Tx } from "@/server/platform/db";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { notify } from "@/server/platform/postgres";
import { Stopwatch } from "@/server/platform/stopwatch";
import { RUN_CHANGED_CHANNEL } from "./definitions/wake-run";

/** How long a worker may be silent before another takes its run, and how often it speaks. */
export const LEASE_MS = 15_000;
export const HEARTBEAT_MS = 3_000;
/** A worker that has heard nothing for this long gives its run up: sooner than another may take it. */
const SURE_MS = LEASE_MS - HEARTBEAT_MS;
/** A heartbeat without an answer is waited for this long; then the next one is sent, on another connection. */
const BEAT_ANSWER_MS = 5_000;
/** How long `stop` waits for a heartbeat that is under way. */
const STOP_WITHIN_MS = 1_000;

interface Claim {
  runId: string;
  projectId: string;
  workerId: string;
  /** Counts workers that began the run; part of every `where`, so that an earlier one cannot write any more. */
  attempt: number;
}

/**
 * Takes a run that waits, or whose worker has been silent for longer than its lease. One statement, judged by the
 * database's clock, so of several workers exactly one gets it. Null: there is nothing to take.
 */
export async function claimRun(db: Db, runId: string, workerId: string): Promise<RunLease | null> {
  const asked = new Stopwatch();
  const rows = await db.$queryRaw<Array<{ attempt: number; projectId: string }>>`
    update "Run" set status = 'RUNNING', "workerId" = ${workerId}, attempt = attempt + 1, "heartbeatAt" = now(),
      "leaseExpiresAt" = now() + ${LEASE_MS} * interval '1 millisecond', "startedAt" = coalesce("startedAt", now())
    where id = ${runId} and (status = 'QUEUED' or (status = 'RUNNING' and "leaseExpiresAt" < now()))
    returning attempt, "projectId"`;
  const row = rows[0];
  return row ? new RunLease(db, { runId, workerId, projectId: row.projectId, attempt: row.attempt }, asked) : null;
}

/**
 * A worker's hold on a run. Every change to the run goes through it. The signal is aborted with RUN_LEASE_LOST when
 * another worker has the run or the database was silent for too long, and with RUN_CANCELLED when a person cancelled;
 * after RUN_LEASE_LOST the holder must touch nothing more. What it asks of the database ends, with an answer or with
 * RUN_LEASE_LOST, also where a connection hangs: what is stored late is fenced off by the attempt.
 */
export class RunLease {
  readonly runId: string;
  readonly projectId: string;
  readonly workerId: string;
  readonly attempt: number;
  readonly #db: Db;
  readonly #abort = new AbortController();
  #lost: DomainError | null = null;
  /** Since the question to which the database last answered that the run is ours. */
  #confirmed: Stopwatch;
  #beats: NodeJS.Timeout | null = null;
  #deadline: NodeJS.Timeout | null = null;
  #beating: Promise<void> | null = null;

  constructor(db: Db, claim: Claim, asked: Stopwatch) {
    this.#db = db;
    this.runId = claim.runId;
    this.projectId = claim.projectId;
    this.workerId = claim.workerId;
    this.attempt = claim.attempt;
    this.#confirmed = asked;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Begins the heartbeat; `stop` ends it. */
  start(intervalMs: number = HEARTBEAT_MS): void {
    this.#beats = setInterval(() => this.#tick(), intervalMs);
    this.#armDeadline();
  }

  async stop(): Promise<void> {
    if (this.#beats) clearInterval(this.#beats);
    if (this.#deadline) clearTimeout(this.#deadline);
    this.#beats = null;
    await within(this.#beating ?? Promise.resolve(), STOP_WITHIN_MS);
  }

  #tick(): void {
    this.#beating ??= within(this.#beat(), BEAT_ANSWER_MS).finally(() => {
      this.#beating = null;
    });
  }

  async #beat(): Promise<void> {
    if (this.#lost) return;
    try {
      if (await this.#confirm()) this.#abort.abort(new DomainError("RUN_CANCELLED"));
    } catch (error) {
      if (!isDomainError(error, "RUN_LEASE_LOST"))
        logger.warn({ err: error, runId: this.runId }, "the heartbeat of a run could not be stored");
    }
  }

  /** Prolongs the lease; answers whether a person cancelled. Throws RUN_LEASE_LOST when the run is not ours any more. */
  async #confirm(): Promise<boolean> {
    const asked = new Stopwatch();
    const rows = await this.#db.$queryRaw<Array<{ cancelled: boolean }>>`
      update "Run" set "heartbeatAt" = now(), "leaseExpiresAt" = now() + ${LEASE_MS} * interval '1 millisecond'
      where id = ${this.runId} and "workerId" = ${this.workerId} and attempt = ${this.attempt} and status = 'RUNNING'
      returning ("cancelRequestedAt" is not null and cancellable) as cancelled`;
    if (!rows[0]) throw this.#lose();
    if (asked.elapsedMs() < this.#confirmed.elapsedMs()) this.#confirmed = asked;
    if (this.#beats) this.#armDeadline();
    return rows[0].cancelled;
  }

  #armDeadline(): void {
    if (this.#deadline) clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => void this.#lose(), Math.max(0, SURE_MS - this.#confirmed.elapsedMs()));
  }

  #lose(): DomainError {
    this.#lost ??= new DomainError("RUN_LEASE_LOST", { message: `run ${this.runId} is no longer ours` });
    this.#abort.abort(this.#lost);
    return this.#lost;
  }

  /** What the database answers, or RUN_LEASE_LOST when it is silent for as long as the lease is sure. */
  async answered<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#lose()), SURE_MS);
    });
    return Promise.race([work, silence]).finally(() => clearTimeout(timer));
  }

  /** Changes the run inside a transaction of the caller's. Throws RUN_LEASE_LOST when the run is not ours any more. */
  async update(data: Prisma.RunUpdateManyMutationInput, tx: Tx = this.#db): Promise<void> {
    const { runId: id, workerId, attempt } = this;
    const { count } = await this.answered(
      tx.run.updateMany({ where: { id, workerId, attempt, status: "RUNNING" }, data }),
    );
    if (count === 0) throw this.#lose();
    await this.answered(notify(tx, RUN_CHANGED_CHANNEL, `${this.projectId} ${id}`));
  }

  /**
   * Throws RUN_LEASE_LOST when the run is not ours any more: by our own clocks first, so that a process that slept knows
   * it without a question, then by the database, which prolongs the lease with its answer.
   */
  async assertHeld(): Promise<void> {
    this.#assertSure();
    await this.answered(this.#confirm());
    this.#assertSure();
  }

  #assertSure(): void {
    if (this.#lost || this.#confirmed.elapsedMs() >= SURE_MS) throw this.#lose();
  }

  /** Runs `work` in one transaction that commits only while the run is still ours. */
  async transaction<T>(data: Prisma.RunUpdateManyMutationInput, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.answered(
      this.#db.$transaction(async (tx) => {
        await this.update(data, tx);
        return work(tx);
      }),
    );
  }

  /**
   * The last moment at which the run can be cancelled: afterwards it cannot, or this throws RUN_CANCELLED because
   * somebody did before.
   */
  async closeForCancelling(): Promise<void> {
    const { runId: id, workerId, attempt } = this;
    const { count } = await this.answered(
      this.#db.run.updateMany({
        where: { id, workerId, attempt, status: "RUNNING", OR: [{ cancelRequestedAt: null }, { cancellable: false }] },
        data: { cancellable: false },
      }),
    );
    if (count === 1) return;
    const select = { workerId: true, attempt: true };
    const run = await this.answered(this.#db.run.findUnique({ where: { id }, select }));
    if (run?.workerId === workerId && run.attempt === attempt) throw new DomainError("RUN_CANCELLED");
    throw this.#lose();
  }

  /** Settles the run: its last change, in one transaction with what else becomes true with it. */
  async settle(
    status: Extract<RunStatus, "COMPLETED" | "FAILED" | "CANCELLED">,
    data: Prisma.RunUpdateManyMutationInput,
    work: (tx: Tx) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const finishedAt = new Date();
    const settled = { ...data, status, finishedAt, workerId: null, leaseExpiresAt: null, cancellable: false };
    await this.transaction(settled, async (tx) => {
      await tx.runStep.updateMany({ where: { runId: this.runId, status: "RUNNING" }, data: { status, finishedAt } });
      await work(tx);
    });
  }

  /** Gives the run back, so that the next worker takes it at once: for a worker that is told to stop. */
  async giveBack(): Promise<void> {
    await this.update({ leaseExpiresAt: new Date(0) }).catch(() => undefined);
  }
}

/** Waits for the work, and no longer than this; the work itself goes on. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, enough]).finally(() => clearTimeout(timer));
}
