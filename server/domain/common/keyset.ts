import { DomainError } from "@/server/platform/errors/domain-error";

/** Rows beyond this many are not counted: counting must not take longer the more there are. */
export const COUNT_MAX = 10_000;

interface Keyset {
  createdAt: Date;
  id: string;
}

/** The place of a row in a list that is sorted by createdAt and id. */
export function encodeCursor(row: Keyset): string {
  return Buffer.from(`${row.createdAt.toISOString()} ${row.id}`).toString("base64url");
}

/** Throws VALIDATION_ERROR for what no list of ours has given out. */
export function decodeCursor(cursor: string): Keyset {
  const match = /^(\S{24}) ([0-9a-f]{24})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  const createdAt = new Date(match?.[1] ?? "");
  if (!match || Number.isNaN(createdAt.getTime())) {
    throw new DomainError("VALIDATION_ERROR", {
      params: { field: "cursor", detail: "The cursor is not one of ours." },
    });
  }
  return { createdAt, id: match[2]! };
}

export type Direction = "asc" | "desc";

/** The `where` that continues after the cursor; the first part alone is a range of the index. */
export function afterCursor(cursor: string | null | undefined, direction: Direction) {
  if (!cursor) return {};
  const { createdAt, id } = decodeCursor(cursor);
  return direction === "desc"
    ? { AND: [{ createdAt: { lte: createdAt } }, { OR: [{ createdAt: { lt: createdAt } }, { id: { lt: id } }] }] }
    : { AND: [{ createdAt: { gte: createdAt } }, { OR: [{ createdAt: { gt: createdAt } }, { id: { gt: id } }] }] };
}

export function orderBy(direction: Direction) {
  return [{ createdAt: direction }, { id: direction }];
}

/** Cuts what was read with `limit + 1` into a page. */
export function toPage<T extends Keyset>(rows: T[], limit: number): { rows: T[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: rows.length > limit && last ? encodeCursor(last) : null };
}
