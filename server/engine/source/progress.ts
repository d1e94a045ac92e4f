/** The named steps of a snapshot and of a restore, in the order in which they happen. */
export const SNAPSHOT_STEPS = ["connect", "read", "store", "verify-written", "finish"] as const;
export const RESTORE_STEPS = ["check", "lock", "plan", "load", "index", "prove", "swap", "unlock", "report"] as const;
export type StepName = (typeof SNAPSHOT_STEPS)[number] | (typeof RESTORE_STEPS)[number];

/** Where long work tells how far it is. Calls are frequent; the receiver decides how often it stores them. */
export interface Progress {
  /** Begins a step; the one before ends. */
  step(name: StepName, message?: string): Promise<void>;
  message(text: string): void;
  log(topic: string, text: string): void;
  totals(total: { bytes: number; documents: number }): void;
  /** Adds to what is done. */
  advance(done: { collection?: string; bytes: number; documents: number }): void;
  collections(list: Array<{ name: string; bytes: number; documents: number }>): void;
}

/** The same progress, which can forget what was done: for work that starts over. */
export function withTakeBack(progress: Progress): Progress & { takeBack(): void } {
  let done = { bytes: 0, documents: 0 };
  return {
    step: (name, message) => progress.step(name, message),
    message: (text) => progress.message(text),
    log: (topic, text) => progress.log(topic, text),
    totals: (total) => progress.totals(total),
    collections: (list) => progress.collections(list),
    advance: (more) => {
      done = { bytes: done.bytes + more.bytes, documents: done.documents + more.documents };
      progress.advance(more);
    },
    takeBack: () => {
      progress.advance({ bytes: -done.bytes, documents: -done.documents });
      done = { bytes: 0, documents: 0 };
    },
  };
}

/** For callers that want no progress. */
export const silentProgress: Progress = {
  step: () => Promise.resolve(),
  message: () => undefined,
  log: () => undefined,
  totals: () => undefined,
  advance: () => undefined,
  collections: () => undefined,
};
