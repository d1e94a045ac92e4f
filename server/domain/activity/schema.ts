import * as z from "zod/mini";
import { Id, NamedRef, PageInput } from "../common/schema";

export const ActivityFilter = z.object({
  outcome: z.optional(z.enum(["DONE", "REFUSED", "FAILED"])),
  types: z.optional(z.array(z.string().check(z.maxLength(64)))),
  clusterId: z.optional(Id),
  actorId: z.optional(Id),
  after: z.optional(z.date()),
  before: z.optional(z.date()),
});
export const ListProjectActivity = z.extend(PageInput, { projectId: Id, filter: z._default(ActivityFilter, {}) });
export type ListProjectActivity = z.infer<typeof ListProjectActivity>;
export const ListOrgActivity = z.extend(PageInput, { orgId: Id, filter: z._default(ActivityFilter, {}) });
export type ListOrgActivity = z.infer<typeof ListOrgActivity>;

export const ActivityView = z.object({
  id: Id,
  /** Position in the organization's chain. */
  sequence: z.int(),
  type: z.string(),
  /** Words for the type. */
  title: z.string(),
  outcome: z.enum(["DONE", "REFUSED", "FAILED"]),
  actor: z.object({ type: z.enum(["USER", "API_KEY", "SYSTEM"]), id: z.nullable(z.string()), name: z.string() }),
  ip: z.nullable(z.string()),
  project: z.nullable(NamedRef),
  cluster: z.nullable(z.object({ id: z.string(), name: z.string() })),
  details: z.array(z.object({ name: z.string(), value: z.string() })),
  at: z.date(),
  hash: z.string(),
});
export type ActivityView = z.infer<typeof ActivityView>;

export const ChainView = z.object({
  intact: z.boolean(),
  entries: z.int(),
  /** The first entry whose hash is not what its content and predecessor give. */
  brokenAt: z.nullable(z.int()),
});
export type ChainView = z.infer<typeof ChainView>;
