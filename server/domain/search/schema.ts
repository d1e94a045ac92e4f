import * as z from "zod/mini";
import { Allowed, Id, NamedRef } from "../common/schema";

export const Search = z.object({ orgId: Id, text: z.string().check(z.trim(), z.maxLength(100)) });
export type Search = z.infer<typeof Search>;

export const SearchResults = z.object({
  projects: z.array(NamedRef),
  clusters: z.array(
    z.object({ id: Id, name: z.string(), project: NamedRef, tier: z.string(), health: z.nullable(z.string()) }),
  ),
  snapshots: z.array(
    z.object({ id: Id, cluster: NamedRef, projectId: Id, createdAt: z.date(), status: z.string(), kind: z.string() }),
  ),
  people: z.array(z.object({ id: Id, name: z.string(), email: z.string() })),
  actions: z.array(
    z.object({
      id: z.enum(["takeSnapshot", "restore", "createCluster", "addMember"]),
      cluster: z.nullable(NamedRef),
      project: NamedRef,
      can: Allowed,
    }),
  ),
});
export type SearchResults = z.infer<typeof SearchResults>;
