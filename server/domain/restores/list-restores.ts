import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { db, type Prisma } from "@/server/platform/db";
import { afterCursor, COUNT_MAX, orderBy, toPage } from "../common/keyset";
import type { Page } from "../common/schema";
import { presentRestores } from "./present";
import type { ListRestores, RestoreView } from "./schema";

/** Restores into the project and out of it; of one cluster, the ones from and into it. */
export async function listRestores(
  actor: Actor,
  project: ProjectScope,
  input: ListRestores & { offset?: number },
): Promise<Page<RestoreView>> {
  const { clusterId, status } = input;
  const where: Prisma.RestoreJobWhereInput = {
    AND: [
      { OR: [{ targetProjectId: project.id }, { sourceProjectId: project.id }] },
      clusterId ? { OR: [{ targetClusterId: clusterId }, { sourceClusterId: clusterId }] } : {},
      status ? { status } : {},
    ],
  };
  const [rows, total] = await Promise.all([
    db().restoreJob.findMany({
      where: { AND: [where, afterCursor(input.cursor, "desc")] },
      orderBy: orderBy("desc"),
      take: input.limit + 1,
      skip: input.offset ?? 0,
    }),
    db().restoreJob.count({ where, take: COUNT_MAX }),
  ]);
  const page = toPage(rows, input.limit);
  return { items: await presentRestores(actor, page.rows), nextCursor: page.nextCursor, total };
}
