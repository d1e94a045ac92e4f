import { inspectDeployment } from "@/server/deployments/inspect";
import { assertNotLocked } from "@/server/domain/clusters/find-lock";
import { withClusterDeployment } from "@/server/domain/clusters/open-deployment";
import { catalogueOf } from "@/server/domain/snapshots/catalogue-of";
import { countKept } from "@/server/domain/snapshots/count-kept";
import { findBaseManifest } from "@/server/domain/snapshots/find-base";
import { contentColumns } from "@/server/domain/repositories/found-snapshot";
import { takeOverTry } from "@/server/domain/repositories/take-over-try";
import { ensureRepository, holdRepository, openRepository } from "@/server/domain/repositories/open-repository";
import { SNAPSHOT_STEPS } from "@/server/engine/source/progress";
import { takeSnapshot, type SnapshotResult } from "@/server/engine/source/take-snapshot";
import type { SnapshotModel, Tx } from "@/server/platform/db";
import { DomainError, isDomainError, storedMessage } from "@/server/platform/errors/domain-error";
import { RetryRunLater, type RunContext, type RunHandler } from "../run-handler";
import { crashPoint } from "./crash-point";
import { recordForSnapshot } from "./record-for-snapshot";

/**
 * Takes the snapshot that the run is for. Begun again after a worker's death it reads everything anew, unless the first try
 * had stored its manifest; nodes that it stored are found and not stored twice.
 */
export const takeSnapshotHandler: RunHandler = {
  steps: SNAPSHOT_STEPS,

  async execute(context) {
    const { db, run, lease, signal, progress } = context;
    const snapshot = await db.snapshot.findUniqueOrThrow({ where: { id: run.subjectId } });
    const { organizationId } = await db.project.findUniqueOrThrow({ where: { id: run.projectId } });
    const repositoryId = snapshot.repositoryId ?? (await ensureRepository(db, organizationId, snapshot));
    const repository = await openRepository(db, repositoryId);
    const first = snapshot.startedAt === null;
    const startedAt = snapshot.startedAt ?? new Date();
    await lease.transaction({}, async (tx) => {
      await holdRepository(tx, repositoryId);
      await tx.snapshot.update({
        where: { id: snapshot.id },
        data: { status: "IN_PROGRESS", startedAt, repositoryId },
      });
      if (first) await recordForSnapshot(tx, snapshot, "CPS_SNAPSHOT_STARTED", { worker: lease.workerId });
    });

    const earlier = await takeOverTry({ db, repository, snapshot, assertHeld: () => lease.assertHeld(), signal });
    if (earlier) {
      progress.log("finish", `An earlier try had stored it at ${earlier.createdAt}; it is not read again.`);
      return async (tx: Tx) => {
        await complete(tx, snapshot, contentColumns(earlier));
        await recordCompletion(tx, snapshot, earlier);
      };
    }

    const before = await db.cluster.findUnique({
      where: { id: snapshot.clusterId },
      select: { connectionSealed: true },
    });
    await waitForRestore(context, snapshot.clusterId);
    const onPoint = crashPoint("snapshot");
    return withClusterDeployment(db, snapshot.clusterId, async (deployment) => {
      const client = await deployment.client();
      const facts = await inspectDeployment(client);
      const cluster = { clusterId: snapshot.clusterId, clusterName: snapshot.clusterName, tier: snapshot.clusterTier };
      const basedOn = await findBaseManifest(db, snapshot.clusterId, repositoryId);
      const result = await takeSnapshot({
        client,
        repository,
        snapshot: { id: snapshot.id, ...cluster },
        catalogue: await catalogueOf(db, snapshot),
        facts: {
          version: facts.version,
          fcv: facts.fcv.version,
          fcvPinned: facts.fcv.pinned,
          setName: facts.setName,
          supports: facts.supports,
        },
        ...(basedOn === null ? {} : { basedOn }),
        assertHeld: () => lease.assertHeld(),
        signal,
        progress,
        onPoint: async (point) => {
          // The moment is chosen by then: a restore that begins later does not touch what is read at it.
          if (point === "catalogue-read") await waitForRestore(context, snapshot.clusterId);
          onPoint(point);
        },
      });
      return async (tx: Tx) => {
        const version = { mongoDBVersion: facts.version, fcv: facts.fcv.version, fcvPinned: facts.fcv.pinned };
        await complete(tx, snapshot, { ...columnsOf(result), ...version });
        // Another connection that the cluster got meanwhile may lead to another server: these facts are not that one's.
        await tx.cluster.updateMany({
          where: { id: snapshot.clusterId, connectionSealed: before?.connectionSealed ?? null },
          data: {
            mongoDBVersion: facts.version,
            fcv: facts.fcv.version,
            dataSizeBytes: BigInt(facts.dataBytes),
            documentCount: BigInt(facts.documents),
            serverKey: facts.serverKey,
            observedAt: new Date(),
            reachable: true,
          },
        });
        await recordCompletion(tx, snapshot, result);
      };
    });
  },

  async fail(context, error, status) {
    const { db, run } = context;
    const snapshot = await db.snapshot.findUniqueOrThrow({ where: { id: run.subjectId } });
    return async (tx) => {
      const data = { status, finishedAt: new Date(), errorCode: error.code, errorMessage: storedMessage(error) };
      await tx.snapshot.update({ where: { id: snapshot.id }, data });
      const type = status === "CANCELLED" ? "SNAPSHOT_CANCELLED" : "CPS_SNAPSHOT_FAILED";
      await recordForSnapshot(tx, snapshot, type, { errorCode: error.code });
    };
  },
};

/**
 * A restore changes a cluster piece by piece, and what lies between old and new is no state that anybody wants back: the
 * run is taken up again later. Throws RetryRunLater, RUN_CANCELLED.
 */
async function waitForRestore({ db, run }: RunContext, clusterId: string): Promise<void> {
  const cluster = await db.cluster.findUnique({ where: { id: clusterId } });
  if (!cluster) return;
  try {
    await assertNotLocked(cluster, db);
  } catch (error) {
    if (!isDomainError(error, "CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE")) throw error;
    if (run.cancelRequestedAt) throw new DomainError("RUN_CANCELLED", { cause: error });
    throw new RetryRunLater(error);
  }
}

async function complete(tx: Tx, { id }: SnapshotModel, columns: ReturnType<typeof contentColumns>): Promise<void> {
  const data = { ...columns, status: "COMPLETED" as const, errorCode: null, errorMessage: null };
  await countKept(tx, await tx.snapshot.update({ where: { id }, data }), 1);
}

type Completion = Pick<SnapshotResult, "documents" | "bytes" | "consistent">;

async function recordCompletion(tx: Tx, snapshot: SnapshotModel, completion: Completion): Promise<void> {
  const { documents, bytes, consistent } = completion;
  await recordForSnapshot(tx, snapshot, "CPS_SNAPSHOT_SUCCESSFUL", { documents, bytes, consistent });
}

function columnsOf(result: SnapshotResult) {
  return {
    finishedAt: new Date(),
    manifestId: result.manifestId,
    clusterTimeSeconds: result.clusterTime ? BigInt(result.clusterTime.seconds) : null,
    clusterTimeIncrement: result.clusterTime?.increment ?? null,
    consistent: result.consistent,
    inconsistentReason: result.inconsistentReason ?? null,
    documentCount: BigInt(result.documents),
    collectionCount: result.collections,
    dataBytes: BigInt(result.bytes),
    storedBytes: BigInt(result.storedBytes),
  };
}
