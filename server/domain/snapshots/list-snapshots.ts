import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { db, type Prisma } from "@/server/platform/db";
import { afterCursor, COUNT_MAX, orderBy, toPage } from "../common/keyset";
import type { Page } from "../common/schema";
import { presentSnapshots } from "./present";
import type { ListSnapshots, SnapshotView } from "./schema";

function whereOf(project: ProjectScope, input: ListSnapshots): Prisma.SnapshotWhereInput {
  const { kind, status, proven, takenAfter, takenBefore } = input.filter;
  return {
    projectId: project.id,
    deletedAt: null,
    ...(input.clusterId ? { clusterId: input.clusterId } : {}),
    ...(kind === "onDemand" ? { kind: "ON_DEMAND" } : kind === "policy" ? { kind: { not: "ON_DEMAND" } } : {}),
    ...(status ? { status } : {}),
    ...(proven === undefined ? {} : { provenAt: proven ? { not: null } : null }),
    ...(takenAfter || takenBefore
      ? { createdAt: { ...(takenAfter ? { gte: takenAfter } : {}), ...(takenBefore ? { lte: takenBefore } : {}) } }
      : {}),
  };
}

/** Snapshots of a cluster or of the whole project. `offset` skips rows, for numbered pages. */
export async function listSnapshots(
  actor: Actor,
  project: ProjectScope,
  input: ListSnapshots & { offset?: number },
): Promise<Page<SnapshotView>> {
  const direction = input.sort === "createdAt" ? "asc" : "desc";
  const where = whereOf(project, input);
  const [rows, total] = await Promise.all([
    db().snapshot.findMany({
      where: { AND: [where, afterCursor(input.cursor, direction)] },
      orderBy: orderBy(direction),
      take: input.limit + 1,
      skip: input.offset ?? 0,
    }),
    db().snapshot.count({ where, take: COUNT_MAX }),
  ]);
  const page = toPage(rows, input.limit);
  return { items: await presentSnapshots(actor, project, page.rows), nextCursor: page.nextCursor, total };
}
