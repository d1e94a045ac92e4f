import { db } from "@/server/platform/db";
import type { RestoreCheckView } from "./schema";

const PAST_RUNS = 20;
/** Lock, plan, swap and report, whatever the size. */
const FIXED_SECONDS = 2;

/** How long it may take, from the organization's last restores; null when there are none. */
export async function estimateRestore(
  organizationId: string,
  dataBytes: number | null,
): Promise<RestoreCheckView["estimate"]> {
  if (dataBytes === null) return null;
  const projects = await db().project.findMany({ where: { organizationId }, select: { id: true } });
  const runs = await db().run.findMany({
    where: { kind: "RESTORE", status: "COMPLETED", projectId: { in: projects.map((project) => project.id) } },
    orderBy: { createdAt: "desc" },
    take: PAST_RUNS,
    select: { doneBytes: true, startedAt: true, finishedAt: true },
  });
  let bytes = 0;
  let seconds = 0;
  for (const run of runs) {
    if (!run.startedAt || !run.finishedAt) continue;
    bytes += Number(run.doneBytes);
    seconds += Math.max(0.1, (run.finishedAt.getTime() - run.startedAt.getTime()) / 1000 - FIXED_SECONDS);
  }
  if (bytes === 0) return null;
  const bytesPerSecond = bytes / seconds;
  return { seconds: FIXED_SECONDS + dataBytes / bytesPerSecond, fromRuns: runs.length, bytesPerSecond };
}
