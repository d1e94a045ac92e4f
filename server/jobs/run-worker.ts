import type { Db, RunKind } from "@/server/platform/db";
import { DomainError, isDomainError, storedMessage } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { listen } from "@/server/platform/postgres";
import { RUN_QUEUED_CHANNEL, wakeRun } from "./definitions/wake-run";
import { queue } from "./queue";
import { isHandedOver, RetryRunLater, type RunContext, type RunHandler } from "./run-handler";
import { claimRun, type RunLease } from "./run-lease";
import { RunProgress } from "./run-progress";

const LOOK_EVERY_MS = 1_000;

export interface RunWorkerOptions {
  db: Db;
  workerId: string;
  /** Runs at once. */
  concurrency: number;
  loadHandler(kind: RunKind): Promise<RunHandler>;
}

/**
 * Fetches wake-ups while it has a free place, claims the run and works on it. `stop` takes nothing new, tells the
 * runs in hand to stop where they are, and gives them back for the next worker to go on.
 */
export class RunWorker {
  readonly #options: RunWorkerOptions;
  readonly #stopping = new AbortController();
  readonly #inHand = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #unlisten: () => void = () => undefined;
  #looking = false;
  #lookAgain = false;

  constructor(options: RunWorkerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await queue();
    this.#unlisten = await listen(RUN_QUEUED_CHANNEL, () => void this.#look());
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    void this.#look();
  }

  async stop(): Promise<void> {
    this.#unlisten();
    if (this.#timer) clearInterval(this.#timer);
    this.#stopping.abort(new DomainError("WORKER_STOPPING"));
    await Promise.all(this.#inHand);
  }

  /** Empties the queue as far as there are free places. */
  async #look(): Promise<void> {
    this.#lookAgain = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#lookAgain) {
        this.#lookAgain = false;
        await this.#fetch();
      }
    } catch (error) {
      logger.warn({ err: error }, "the queue could not be read");
    } finally {
      this.#looking = false;
    }
  }

  async #fetch(): Promise<void> {
    const boss = await queue();
    while (!this.#stopping.signal.aborted && this.#inHand.size < this.#options.concurrency) {
      const [job] = await boss.fetch<object>(wakeRun.queue, { batchSize: 1 });
      if (!job) return;
      const { runId } = wakeRun.payload.parse(job.data);
      const lease = await claimRun(this.#options.db, runId, this.#options.workerId);
      await boss.complete(wakeRun.queue, job.id);
      if (!lease) continue;
      const work = this.#work(lease).finally(() => {
        this.#inHand.delete(work);
        void this.#look();
      });
      this.#inHand.add(work);
    }
  }

  async #work(lease: RunLease): Promise<void> {
    lease.start();
    try {
      await this.#execute(lease);
    } catch (error) {
      await this.#leave(lease, error);
    } finally {
      await lease.stop();
    }
  }

  /** The run is not settled here: another worker has it, or takes it up when it is given back or its lease has run out. */
  async #leave(lease: RunLease, error: unknown): Promise<void> {
    const { runId } = lease;
    if (isDomainError(error, "RUN_LEASE_LOST")) logger.warn({ runId }, "a run was taken over by another worker");
    else if (isDomainError(error, "WORKER_STOPPING")) await lease.giveBack();
    else if (error instanceof RetryRunLater)
      logger.warn({ err: error.cause, runId }, "a run waits and is taken up again");
    else logger.error({ err: error, runId }, "a run could not be settled; another worker takes it");
  }

  async #execute(lease: RunLease): Promise<void> {
    const { db } = this.#options;
    const run = await db.run.findUniqueOrThrow({ where: { id: lease.runId } });
    const handler = await this.#options.loadHandler(run.kind);
    const progress = new RunProgress(lease, handler.steps);
    const signal = AbortSignal.any([lease.signal, this.#stopping.signal]);
    const context: RunContext = { db, run, lease, signal, progress };
    await progress.start();
    try {
      if (run.cancelRequestedAt && run.cancellable && lease.attempt === 1) throw new DomainError("RUN_CANCELLED");
      // Told to stop between the claim and here: a handler that waits for the signal would wait for ever.
      this.#stopping.signal.throwIfAborted();
      const conclude = await handler.execute(context);
      await progress.stop();
      await lease.settle("COMPLETED", { errorCode: null, errorMessage: null }, conclude);
    } catch (error) {
      await progress.stop();
      await this.#settleFailure(context, handler, error);
    }
  }

  async #settleFailure(context: RunContext, handler: RunHandler, error: unknown): Promise<void> {
    const { lease } = context;
    if (isHandedOver(error)) throw error;
    const failure = isDomainError(error) ? error : new DomainError("INTERNAL", { cause: error });
    const status = failure.code === "RUN_CANCELLED" ? "CANCELLED" : "FAILED";
    logger.warn({ err: error, runId: lease.runId, code: failure.code }, "a run ended without its result");
    const conclude = await handler.fail(context, failure, status);
    const errorMessage = storedMessage(failure);
    await lease.settle(status, { errorCode: failure.code, errorMessage }, conclude);
  }
}
