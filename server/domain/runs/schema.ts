import * as z from "zod/mini";
import { Allowed, Id, NamedRef, StoredError } from "../common/schema";

export const RUN_KINDS = ["SNAPSHOT_TAKE", "SNAPSHOT_VERIFY", "RESTORE"] as const;
export const RunKind = z.enum(RUN_KINDS);
export type RunKind = z.infer<typeof RunKind>;
export const RUN_STATUSES = ["QUEUED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"] as const;
export const RunStatus = z.enum(RUN_STATUSES);
export type RunStatus = z.infer<typeof RunStatus>;

export const OneRun = z.object({ projectId: Id, runId: Id });
export type OneRun = z.infer<typeof OneRun>;
/** Log lines after `afterId`, oldest first; without it, the last ones. */
export const RunLogInput = z.extend(OneRun, {
  afterId: z.optional(z.string().check(z.regex(/^\d{1,19}$/))),
  limit: z._default(z.int().check(z.gte(1), z.lte(500)), 100),
});
export type RunLogInput = z.infer<typeof RunLogInput>;
/** A stream that sends the run again whenever it changed. */
export const WatchRun = z.extend(OneRun, { lastEventId: z.nullish(z.string()) });
export type WatchRun = z.infer<typeof WatchRun>;
/** A stream that sends what runs, in one project or in all that the reader can see, whenever that changed. */
export const WatchRunning = z.object({ projectId: z.optional(Id), lastEventId: z.nullish(z.string()) });
export type WatchRunning = z.infer<typeof WatchRunning>;

export const RunStepView = z.object({
  name: z.string(),
  status: RunStatus,
  message: z.nullable(z.string()),
  startedAt: z.nullable(z.date()),
  finishedAt: z.nullable(z.date()),
});
export type RunStepView = z.infer<typeof RunStepView>;

export const RunSummary = z.object({
  id: Id,
  kind: RunKind,
  status: RunStatus,
  projectId: Id,
  cluster: NamedRef,
  /** The snapshot or restore it works for. */
  subjectId: Id,
  startedBy: z.nullable(z.string()),
  step: z.nullable(z.string()),
  message: z.nullable(z.string()),
  /** Null while the total is not known. */
  percent: z.nullable(z.number()),
  bytesPerSecond: z.nullable(z.number()),
  /** Null below 5 %. */
  secondsLeft: z.nullable(z.number()),
  createdAt: z.date(),
  startedAt: z.nullable(z.date()),
  finishedAt: z.nullable(z.date()),
});
export type RunSummary = z.infer<typeof RunSummary>;

export const RunView = z.extend(RunSummary, {
  attempt: z.int(),
  worker: z.nullable(z.string()),
  heartbeatAt: z.nullable(z.date()),
  cancelRequestedAt: z.nullable(z.date()),
  cancelRequestedBy: z.nullable(z.string()),
  doneBytes: z.int(),
  totalBytes: z.int(),
  doneDocuments: z.int(),
  totalDocuments: z.int(),
  steps: z.array(RunStepView),
  /** Largest first, at most 50; `collectionCounts` counts them all. */
  collections: z.array(
    z.object({
      name: z.string(),
      doneBytes: z.int(),
      totalBytes: z.int(),
      doneDocuments: z.int(),
      totalDocuments: z.int(),
    }),
  ),
  collectionCounts: z.object({ done: z.int(), running: z.int(), waiting: z.int() }),
  /** Bytes per second over time, at most 120 points. */
  samples: z.array(z.object({ at: z.date(), bytesPerSecond: z.number() })),
  error: z.nullable(StoredError),
  can: z.object({ cancel: Allowed }),
});
export type RunView = z.infer<typeof RunView>;

export const RunLogLineView = z.object({ id: z.string(), at: z.date(), topic: z.string(), message: z.string() });
export type RunLogLineView = z.infer<typeof RunLogLineView>;

/** What the frame shows. */
export const RunningNow = z.object({
  runs: z.array(RunSummary),
  workers: z.object({ alive: z.int(), known: z.int() }),
});
export type RunningNow = z.infer<typeof RunningNow>;
