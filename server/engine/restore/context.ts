import type { MongoClient } from "mongodb";
import { assertNotAborted } from "../source/abort";
import type { Progress } from "../source/progress";
import type { Repository } from "../repository";
import type { RestoreJournal } from "./journal";
import type { OnPoint } from "./points";
import type { ServerFacts } from "./server-facts";

/** What a restore is given. */
export interface RestoreOptions {
  client: MongoClient;
  repository: Repository;
  manifestId: string;
  runId: string;
  journal: RestoreJournal;
  /**
   * Throws RUN_LEASE_LOST when the run is another worker's by now. Asked before every command that takes something away
   * from the target or puts something else in its place, and before the commit.
   */
  assertHeld?: () => Promise<void>;
  signal: AbortSignal;
  progress: Progress;
  onPoint?: OnPoint;
}

/** What its parts share. */
export interface RestoreContext extends RestoreOptions {
  server: ServerFacts;
  timings: Array<{ step: string; ms: number }>;
}

/** A named moment: ends here when the run was cancelled, and lets a test end it. */
export async function reach(context: RestoreContext, point: Parameters<OnPoint>[0]): Promise<void> {
  assertNotAborted(context.signal);
  await context.onPoint?.(point);
}

/** The same after the commit or while putting back: nothing may cancel there. */
export async function pass(context: RestoreContext, point: Parameters<OnPoint>[0]): Promise<void> {
  await context.onPoint?.(point);
}

/** Runs one step of the run and notes how long it took. */
export async function timed<T>(
  context: RestoreContext,
  step: "plan" | "load" | "index" | "prove" | "swap",
  message: string,
  work: () => Promise<T>,
): Promise<T> {
  await context.progress.step(step, message);
  const startedAt = performance.now();
  const result = await work();
  context.timings.push({ step, ms: Math.round(performance.now() - startedAt) });
  return result;
}
