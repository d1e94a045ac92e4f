import type { Allowed } from "./schema";

/** Counts and sizes fit a double far beyond any cluster; tables keep them as bigint. */
export function toNumber(value: bigint): number;
export function toNumber(value: bigint | null): number | null;
export function toNumber(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}

export const ALLOWED: Allowed = { allowed: true };

/** Not now, whatever the role. */
export function blocked(reason: string): Allowed {
  return { allowed: false, reason, needs: null, whoHas: [] };
}
