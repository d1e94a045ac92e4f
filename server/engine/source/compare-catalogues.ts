import type { CatalogueEntry } from "./catalogue";

/** What two readings of one deployment's catalogue, one after the other, have in common. Names are "database.collection". */
export interface CatalogueComparison {
  /** Equal in both. */
  same: CatalogueEntry[];
  /** Only in one of them. */
  cameOrWent: string[];
  /** Under the same name something else, or under another name the same. */
  changed: string[];
}

export function compareCatalogues(before: CatalogueEntry[], after: CatalogueEntry[]): CatalogueComparison {
  const [older, newer] = [byName(before), byName(after)];
  const went = before.filter((entry) => !newer.has(nameOf(entry)));
  const came = after.filter((entry) => !older.has(nameOf(entry)));
  const goneUuids = new Set(went.map(({ storageUuid }) => storageUuid).filter((uuid) => uuid !== null));
  const renamed = came.filter(({ storageUuid }) => storageUuid !== null && goneUuids.has(storageUuid));
  const kept = after.filter((entry) => older.has(nameOf(entry)));
  const isSame = (entry: CatalogueEntry): boolean => JSON.stringify(entry) === JSON.stringify(older.get(nameOf(entry)));
  return {
    same: kept.filter(isSame),
    cameOrWent: [...went, ...came].map(nameOf).sort(),
    changed: [...renamed, ...kept.filter((entry) => !isSame(entry))].map(nameOf).sort(),
  };
}

function byName(entries: CatalogueEntry[]): Map<string, CatalogueEntry> {
  return new Map(entries.map((entry) => [nameOf(entry), entry]));
}

function nameOf({ database, name }: CatalogueEntry): string {
  return `${database}.${name}`;
}
