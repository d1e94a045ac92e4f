import * as z from "zod/mini";

/** 24 lower-case hex digits. */
export const Id = z.string().check(z.regex(/^[0-9a-f]{24}$/, "must be 24 hex digits"));
/** What a person typed for a name: trimmed, one line. */
export const shortText = (maxLength: number) =>
  z
    .string()
    .check(
      z.trim(),
      z.minLength(1, "must not be empty"),
      z.maxLength(maxLength, `must have at most ${maxLength} characters`),
      z.regex(/^[^\p{Cc}]*$/u, "must not hold control characters"),
    );

export const InOrg = z.object({ orgId: Id });
export const InProject = z.object({ projectId: Id });
export const InCluster = z.object({ projectId: Id, clusterId: Id });
export type InCluster = z.infer<typeof InCluster>;

/**
 * Whether the reader may do something now. `needs` and `whoHas` are filled when a role is what is missing: the role's
 * words and the people who have it. Otherwise the reason is about the thing itself (locked, not finished, M0, …).
 */
export const Allowed = z.discriminatedUnion("allowed", [
  z.object({ allowed: z.literal(true) }),
  z.object({
    allowed: z.literal(false),
    reason: z.string(),
    needs: z.nullable(z.string()),
    whoHas: z.array(z.string()),
  }),
]);
export type Allowed = z.infer<typeof Allowed>;

/** Keyset paging: the cursor of one answer asks for the next. */
export const PageInput = z.object({
  cursor: z.nullish(z.string().check(z.maxLength(200))),
  limit: z._default(z.int().check(z.gte(1), z.lte(100)), 25),
});
export type PageInput = z.infer<typeof PageInput>;

/** One page of a list. `total` counts all rows that match the filters. */
export const pageOf = <T extends z.core.$ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.nullable(z.string()), total: z.int() });
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  total: number;
}

export const NamedRef = z.object({ id: Id, name: z.string() });
export type NamedRef = z.infer<typeof NamedRef>;
export const RoleView = z.object({ role: z.string(), label: z.string() });
export type RoleView = z.infer<typeof RoleView>;

/** An error as it was stored: a stable code, and words that were ours. */
export const StoredError = z.object({ code: z.string(), message: z.nullable(z.string()) });
export type StoredError = z.infer<typeof StoredError>;

export const Done = z.object({ done: z.literal(true) });
