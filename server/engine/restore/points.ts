/**
 * The named moments of a restore, in their order. Tests stop a worker at each of them and expect the next one to leave
 * the target wholly old or wholly new.
 */
export const RESTORE_POINTS = [
  "planned",
  "journalled-loading",
  "staging-created",
  "batch-inserted",
  "loaded",
  "indexed",
  "proven",
  "journalled-swapping",
  "view-dropped",
  "renamed-aside",
  "renamed-in",
  "view-created",
  "swapped",
  "catalogue-checked",
  "before-commit",
  "journalled-committed",
  "old-dropped",
  "expiry-released",
  "journalled-done",
] as const;
export type RestorePoint = (typeof RESTORE_POINTS)[number];

/** The further moments of putting everything back. */
export const ROLLBACK_POINTS = [
  "journalled-rolling-back",
  "renamed-back",
  "views-put-back",
  "staging-dropped",
] as const;
export type RollbackPoint = (typeof ROLLBACK_POINTS)[number];

/** Called at every named moment. What it throws fails the run there; a SimulatedKill also keeps it from tidying up. */
export type OnPoint = (point: RestorePoint | RollbackPoint) => void | Promise<void>;

/** Thrown by a test's OnPoint: the run stops without putting anything back, as if its process had died there. */
export class SimulatedKill extends Error {}
