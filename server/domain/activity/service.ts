import type { OrgScope, ProjectScope } from "@/server/access/require-permission";
import { db, type Prisma } from "@/server/platform/db";
import { afterCursor, COUNT_MAX, orderBy, toPage } from "../common/keyset";
import { CHAIN_START, hashEntry } from "./chain";
import { presentActivity } from "./present";
import type { ActivityView, ChainView, ListOrgActivity, ListProjectActivity } from "./schema";
import type { Page } from "../common/schema";

type Filter = ListProjectActivity["filter"];

function whereOf(filter: Filter): Prisma.ActivityEntryWhereInput {
  return {
    ...(filter.outcome ? { outcome: filter.outcome } : {}),
    ...(filter.types?.length ? { type: { in: filter.types } } : {}),
    ...(filter.clusterId ? { clusterId: filter.clusterId } : {}),
    ...(filter.actorId ? { actorId: filter.actorId } : {}),
    ...(filter.after || filter.before
      ? {
          createdAt: {
            ...(filter.after ? { gte: filter.after } : {}),
            ...(filter.before ? { lte: filter.before } : {}),
          },
        }
      : {}),
  };
}

async function listEntries(
  place: Prisma.ActivityEntryWhereInput,
  input: { cursor?: string | null | undefined; limit: number; filter: Filter },
): Promise<Page<ActivityView>> {
  const where = { ...place, ...whereOf(input.filter) };
  const [rows, total] = await Promise.all([
    db().activityEntry.findMany({
      where: { AND: [where, afterCursor(input.cursor, "desc")] },
      orderBy: orderBy("desc"),
      take: input.limit + 1,
    }),
    db().activityEntry.count({ where, take: COUNT_MAX }),
  ]);
  const page = toPage(rows, input.limit);
  const projectIds = [...new Set(page.rows.flatMap((row) => row.projectId ?? []))];
  const projects = await db().project.findMany({ where: { id: { in: projectIds } }, select: { id: true, name: true } });
  const names = new Map(projects.map((project) => [project.id, project.name]));
  return { items: page.rows.map((row) => presentActivity(row, names)), nextCursor: page.nextCursor, total };
}

export function listProjectActivity(project: ProjectScope, input: ListProjectActivity): Promise<Page<ActivityView>> {
  return listEntries({ projectId: project.id }, input);
}

/** Entries of the organization itself and of the given projects: those that the reader can see. */
export function listOrgActivity(
  org: OrgScope,
  visibleProjectIds: readonly string[],
  input: ListOrgActivity,
): Promise<Page<ActivityView>> {
  const visible = { OR: [{ projectId: null }, { projectId: { in: [...visibleProjectIds] } }] };
  return listEntries({ organizationId: org.id, AND: [visible] }, input);
}

const VERIFY_BATCH = 1_000;

/** Reads the organization's whole chain and checks every link. */
export async function verifyChain(org: OrgScope): Promise<ChainView> {
  let previousHash: Uint8Array = CHAIN_START;
  let expected = 1n;
  for (;;) {
    const rows = await db().activityEntry.findMany({
      where: { organizationId: org.id, sequence: { gte: expected } },
      orderBy: { sequence: "asc" },
      take: VERIFY_BATCH,
    });
    for (const row of rows) {
      const hash = hashEntry(previousHash, row);
      if (row.sequence !== expected || !hash.equals(row.hash) || !Buffer.from(previousHash).equals(row.previousHash)) {
        return { intact: false, entries: Number(expected - 1n), brokenAt: Number(row.sequence) };
      }
      previousHash = row.hash;
      expected += 1n;
    }
    if (rows.length < VERIFY_BATCH) return { intact: true, entries: Number(expected - 1n), brokenAt: null };
  }
}
