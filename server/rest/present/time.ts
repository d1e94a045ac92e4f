/** A time as the Admin API writes it: UTC, to the second. */
export function isoSeconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** The property with the time, or nothing: absent beats null. */
export function whenSet<K extends string>(name: K, at: Date | null | undefined): Partial<Record<K, string>> {
  return at ? ({ [name]: isoSeconds(at) } as Record<K, string>) : {};
}
