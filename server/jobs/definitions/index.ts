import { wakeRun } from "./wake-run";

/** Every queue, for the step that creates them before anybody sends. */
export const QUEUE_NAMES: readonly string[] = [wakeRun.queue];
