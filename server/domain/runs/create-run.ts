import { enqueueRun } from "@/server/jobs/queue";
import type { RunKind, Tx } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";

/** Queues long work in the caller's transaction; a worker is woken when it commits. Returns the run's id. */
export async function createRun(
  tx: Tx,
  run: { kind: RunKind; projectId: string; clusterId: string; subjectId: string },
): Promise<string> {
  const id = newId();
  await tx.run.create({ data: { id, ...run, status: "QUEUED" } });
  await enqueueRun(tx, id);
  return id;
}
