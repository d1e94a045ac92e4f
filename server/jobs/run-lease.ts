import type { Db, Prisma, RunStatus, Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { notify } from "@/server/platform/postgres";
import { RUN_CHANGED_CHANNEL } from "./definitions/wake-run";

/** How long a worker may be silent before another takes its run, and how often it speaks. */
export const LEASE_MS = 15_000;
export const HEARTBEAT_MS = 3_000;

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
  const rows = await db.$queryRaw<Array<{ attempt: number; projectId: string }>>`
    update "Run" set status = 'RUNNING', "workerId" = ${workerId}, attempt = attempt + 1, "heartbeatAt" = now(),
      "leaseExpiresAt" = now() + ${LEASE_MS} * interval '1 millisecond', "startedAt" = coalesce("startedAt", now())
    where id = ${runId} and (status = 'QUEUED' or (status = 'RUNNING' and "leaseExpiresAt" < now()))
    returning attempt, "projectId"`;
  const row = rows[0];
  return row ? new RunLease(db, { runId, workerId, projectId: row.projectId, attempt: row.attempt }) : null;
}

/**
 * A worker's hold on a run. Every change to the run goes through it. The signal is aborted with RUN_LEASE_LOST when
 * another worker has the run or the database could not be told in time, and with RUN_CANCELLED when a person
 * cancelled; after RUN_LEASE_LOST the holder must touch nothing more.
 */
export class RunLease {
  readonly runId: string;
  readonly projectId: string;
  readonly workerId: string;
  readonly attempt: number;
  readonly #db: Db;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #confirmedAt = performance.now();
  #beating: Promise<void> = Promise.resolve();

  constructor(db: Db, claim: Claim) {
    this.#db = db;
    this.runId = claim.runId;
    this.projectId = claim.projectId;
    this.workerId = claim.workerId;
    this.attempt = claim.attempt;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Begins the heartbeat; `stop` ends it. */
  start(intervalMs: number = HEARTBEAT_MS): void {
    this.#timer = setInterval(() => {
      this.#beating = this.#beat();
    }, intervalMs);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    await this.#beating;
  }

  async #beat(): Promise<void> {
    const sentAt = performance.now();
    try {
      const rows = await this.#db.$queryRaw<Array<{ cancelled: boolean }>>`
        update "Run" set "heartbeatAt" = now(), "leaseExpiresAt" = now() + ${LEASE_MS} * interval '1 millisecond'
        where id = ${this.runId} and "workerId" = ${this.workerId} and attempt = ${this.attempt} and status = 'RUNNING'
        returning ("cancelRequestedAt" is not null and cancellable) as cancelled`;
      if (!rows[0]) return void this.#lose();
      this.#confirmedAt = sentAt;
      if (rows[0].cancelled) this.#abort.abort(new DomainError("RUN_CANCELLED"));
    } catch (error) {
      logger.warn({ err: error, runId: this.runId }, "the heartbeat of a run could not be stored");
      if (performance.now() - this.#confirmedAt > LEASE_MS - HEARTBEAT_MS) this.#lose();
    }
  }

  #lose(): DomainError {
    const error = new DomainError("RUN_LEASE_LOST", { message: `run ${this.runId} is no longer ours` });
    this.#abort.abort(error);
    return error;
  }

  /** Changes the run inside a transaction of the caller's. Throws RUN_LEASE_LOST when the run is not ours any more. */
  async update(data: Prisma.RunUpdateManyMutationInput, tx: Tx = this.#db): Promise<void> {
    const { runId: id, workerId, attempt } = this;
    const { count } = await tx.run.updateMany({ where: { id, workerId, attempt, status: "RUNNING" }, data });
    if (count === 0) throw this.#lose();
    await notify(tx, RUN_CHANGED_CHANNEL, `${this.projectId} ${id}`);
  }

  /** Throws RUN_LEASE_LOST when the run is not ours any more. */
  async assertHeld(): Promise<void> {
    const { runId: id, workerId, attempt } = this;
    if ((await this.#db.run.count({ where: { id, workerId, attempt, status: "RUNNING" } })) === 0) throw this.#lose();
  }

  /** Runs `work` in one transaction that commits only while the run is still ours. */
  async transaction<T>(data: Prisma.RunUpdateManyMutationInput, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#db.$transaction(async (tx) => {
      await this.update(data, tx);
      return work(tx);
    });
  }

  /**
   * The last moment at which the run can be cancelled: afterwards it cannot, or this throws RUN_CANCELLED because
   * somebody did before.
   */
  async closeForCancelling(): Promise<void> {
    const { runId: id, workerId, attempt } = this;
    const { count } = await this.#db.run.updateMany({
      where: { id, workerId, attempt, status: "RUNNING", OR: [{ cancelRequestedAt: null }, { cancellable: false }] },
      data: { cancellable: false },
    });
    if (count === 1) return;
    const run = await this.#db.run.findUnique({ where: { id }, select: { workerId: true, attempt: true } });
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
