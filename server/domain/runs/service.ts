import type { Actor } from "@/server/access/actor";
import { can, type ProjectScope } from "@/server/access/require-permission";
import { db } from "@/server/platform/db";
import { getRunRow } from "./find-run";
import { presentRun, summarizeRuns } from "./present";
import type { RunLogInput, RunLogLineView, RunningNow, RunView } from "./schema";

/** A worker that was silent for this long counts as gone. */
const WORKER_ALIVE_MS = 20_000;
const RUNS_SHOWN = 50;

/** Throws RUN_NOT_FOUND. */
export async function getRun(actor: Actor, project: ProjectScope, runId: string): Promise<RunView> {
  return presentRun(actor, project, await getRunRow(project, runId));
}

/** Log lines, oldest first: those after `afterId`, or the last ones. Throws RUN_NOT_FOUND. */
export async function listRunLog(project: ProjectScope, input: RunLogInput): Promise<RunLogLineView[]> {
  const run = await getRunRow(project, input.runId);
  const after = input.afterId === undefined ? null : BigInt(input.afterId);
  const lines = await db().runLogLine.findMany({
    where: { runId: run.id, ...(after === null ? {} : { id: { gt: after } }) },
    orderBy: { id: after === null ? "desc" : "asc" },
    take: input.limit,
  });
  if (after === null) lines.reverse();
  return lines.map((line) => ({ id: line.id.toString(), at: line.at, topic: line.topic, message: line.message }));
}

/** The projects whose runs the actor can see. */
export async function listProjectsWithRuns(actor: Actor): Promise<ProjectScope[]> {
  const projects = await db().project.findMany({
    where: { OR: [{ id: { in: [...actor.projectIds] } }, { organizationId: { in: [...actor.orgIds] } }] },
    select: { id: true, name: true, organizationId: true },
  });
  return projects.filter((project) => can(actor, "run.read", { project }));
}

/** What runs in these projects now, and how many workers there are to run it. */
export async function listRunning(projects: readonly Pick<ProjectScope, "id">[]): Promise<RunningNow> {
  const [runs, workers] = await Promise.all([
    db().run.findMany({
      where: { projectId: { in: projects.map((project) => project.id) }, status: { in: ["QUEUED", "RUNNING"] } },
      orderBy: { createdAt: "asc" },
      take: RUNS_SHOWN,
    }),
    db().worker.findMany({ where: { kind: "worker" }, select: { heartbeatAt: true } }),
  ]);
  const now = new Date().getTime();
  const alive = workers.filter((worker) => now - worker.heartbeatAt.getTime() < WORKER_ALIVE_MS).length;
  return { runs: await summarizeRuns(runs), workers: { alive, known: workers.length } };
}
