export type Params = Record<string, string | undefined>;

/** The same address with some parameters changed; empty ones leave. Changing a filter goes back to the first page. */
export function withParams(current: Params, change: Params): string {
  const merged: Params = { ...current, cursor: undefined, ...change };
  const known = Object.entries(merged).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return `?${new URLSearchParams(known).toString()}`;
}

/** Next's search parameters with one value each. */
export function singleParams(raw: Record<string, string | string[] | undefined>): Params {
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, Array.isArray(value) ? value[0] : value]));
}
