import { RESERVED_PREFIX } from "../source/namespaces";

/**
 * Names that a restore uses beside the real ones, in the same database so that a rename is enough. They are short,
 * whatever the real name is, and carry the run, so that nobody touches another run's.
 */
export function stagingName(runId: string, position: number): string {
  return `${RESERVED_PREFIX}${runId}_n${position}`;
}

/** Where the old collection waits until the new state is committed. */
export function asideName(runId: string, position: number): string {
  return `${RESERVED_PREFIX}${runId}_o${position}`;
}

export function isStagingOf(runId: string, name: string): boolean {
  return name.startsWith(`${RESERVED_PREFIX}${runId}_n`);
}

export function isAsideOf(runId: string, name: string): boolean {
  return name.startsWith(`${RESERVED_PREFIX}${runId}_o`);
}
