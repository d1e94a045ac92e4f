import type { ProjectScope } from "@/server/access/require-permission";
import { db } from "@/server/platform/db";
import { getCluster } from "../clusters/find-cluster";
import { toNumber } from "../common/values";
import type { TimelineInput, TimelineView } from "./schema";

/** More marks than pixels help nobody. */
const MARKS_MAX = 500;
const EVENTS_MAX = 100;

/** The snapshots of a cluster within a range, as marks on a time axis, and what happened to it meanwhile. */
export async function getTimeline(project: ProjectScope, input: TimelineInput): Promise<TimelineView> {
  const cluster = await getCluster(project, input.clusterId);
  const { from, to } = input;
  const within = { gte: from, lte: to };
  const [marks, restores, oldest] = await Promise.all([
    db().snapshot.findMany({
      where: { clusterId: cluster.id, deletedAt: null, createdAt: within },
      orderBy: [{ createdAt: "desc" }, { id: "desc" }],
      take: MARKS_MAX + 1,
    }),
    db().restoreJob.findMany({
      where: { targetClusterId: cluster.id, status: "COMPLETED", createdAt: within },
      orderBy: { createdAt: "desc" },
      take: EVENTS_MAX,
      include: { snapshot: { select: { createdAt: true } } },
    }),
    db().snapshot.findFirst({
      where: { clusterId: cluster.id, deletedAt: null },
      orderBy: { createdAt: "asc" },
      select: { createdAt: true },
    }),
  ]);
  const shown = marks.slice(0, MARKS_MAX).reverse();
  const restored = restores.map((restore) => ({
    at: restore.finishedAt ?? restore.createdAt,
    kind: "restore" as const,
    label: `Restored from ${restore.sourceClusterName}, ${restore.snapshot.createdAt.toISOString().slice(0, 16)}Z`,
  }));
  return {
    from,
    to,
    now: new Date(),
    oldestAt: oldest?.createdAt ?? null,
    marks: shown.map((row) => ({
      snapshotId: row.id,
      at: row.createdAt,
      kind: row.kind,
      status: row.status,
      consistent: row.consistent,
      verified: row.verifiedAt !== null,
      proven: row.provenAt !== null,
      description: row.description,
      expiresAt: row.expiresAt,
      dataBytes: toNumber(row.dataBytes),
    })),
    events: [...restored, ...versionChanges(shown)].sort((a, b) => a.at.getTime() - b.at.getTime()),
    truncated: marks.length > MARKS_MAX,
  };
}

/** Where two snapshots in a row found different releases. */
function versionChanges(
  rows: ReadonlyArray<{ createdAt: Date; mongoDBVersion: string | null }>,
): TimelineView["events"] {
  const known = rows.filter((row) => row.mongoDBVersion !== null);
  return known.flatMap((row, index) => {
    const before = known[index - 1]?.mongoDBVersion;
    if (!before || before === row.mongoDBVersion) return [];
    return { at: row.createdAt, kind: "version" as const, label: `${before} to ${row.mongoDBVersion}` };
  });
}
