import { z } from "zod";

/** Wakes a worker for one run. The row holds the rest. */
export const wakeRun = {
  queue: "run.wake",
  payload: z.object({ runId: z.string() }),
} as const;

/** Sent with every wake-up, so that an idle worker need not wait for its next look into the queue. */
export const RUN_QUEUED_CHANNEL = "run_queued";

/** Sent whenever a run's row, steps or log changed; the payload is `<projectId> <runId>`. */
export const RUN_CHANGED_CHANNEL = "run_changed";
