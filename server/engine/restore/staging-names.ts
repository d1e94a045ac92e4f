import { randomBytes } from "node:crypto";
import { RESERVED_PREFIX } from "../source/namespaces";

/**
 * Names that a restore uses beside the real ones, in the same database so that a rename is enough. They are short,
 * whatever the real name is, and carry the run, so that nobody touches another run's. Staging names carry the attempt
 * as well: a worker that is believed dead and still loads must not fill what its successor loads.
 */
export function stagingName(runId: string, attempt: string, position: number): string {
  return `${RESERVED_PREFIX}${runId}_${attempt}_n${position}`;
}

/** Tells one loading of a run from the next one. */
export function newAttempt(): string {
  return randomBytes(4).toString("hex");
}

/** Where the old collection waits until the new state is committed. */
export function asideName(runId: string, position: number): string {
  return `${RESERVED_PREFIX}${runId}_o${position}`;
}

/** A staging name of the run, whichever attempt's. */
export function isStagingOf(runId: string, name: string): boolean {
  const prefix = `${RESERVED_PREFIX}${runId}_`;
  return name.startsWith(prefix) && /^(?:[0-9a-f]+_)?n\d+$/.test(name.slice(prefix.length));
}

export function isAsideOf(runId: string, name: string): boolean {
  return name.startsWith(`${RESERVED_PREFIX}${runId}_o`);
}

/** Any name of the run, alone or behind its database. */
export function isNameOf(runId: string, name: unknown): boolean {
  return typeof name === "string" && name.includes(`${RESERVED_PREFIX}${runId}_`);
}
