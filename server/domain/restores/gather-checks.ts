import { canBlockWrites, reasonNotToBlock } from "@/server/deployments/can-block-writes";
import type { Deployment } from "@/server/deployments/deployment";
import type { DeploymentFacts } from "@/server/deployments/facts";
import { inspectDeployment } from "@/server/deployments/inspect";
import { listTimeSeries } from "@/server/deployments/list-time-series";
import { findMarker } from "@/server/deployments/lock-marker";
import type { SnapshotManifest } from "@/server/engine/repository";
import type { Check, SnapshotToCheck, TargetToCheck } from "@/server/engine/restore/checks/check";
import { checkRestore } from "@/server/engine/restore/checks/check-restore";
import type { Db } from "@/server/platform/db";
import { isDomainError } from "@/server/platform/errors/domain-error";
import type { ClusterModel, SnapshotModel } from "@/server/platform/generated/prisma/models";
import { openClusterDeployment } from "../clusters/open-deployment";
import { openRepository } from "../repositories/open-repository";

/** Who asks, judged before: the access table is asked by the caller, for both projects. */
export interface RestoreCaller {
  source: { allowed: boolean; project: string };
  target: { allowed: boolean; project: string };
}

export interface GatherChecks {
  snapshot: SnapshotModel;
  target: ClusterModel;
  caller: RestoreCaller;
  /** The restore that asks, so that its own lock is not in its way. */
  restoreId: string | null;
  runId: string | null;
}

export interface GatheredChecks {
  checks: Check[];
  /** Null when the target could not be looked at. */
  facts: DeploymentFacts | null;
  manifest: SnapshotManifest | null;
}

const KNOWN_TROUBLE = [
  "CLUSTER_UNREACHABLE",
  "CLUSTER_AUTHENTICATION_FAILED",
  "CLUSTER_PRIVILEGE_MISSING",
  "CLUSTER_IS_MONGOS",
  "CLUSTER_VERSION_UNSUPPORTED",
  "CLUSTER_NOT_READY",
  "CLUSTER_NOT_FOUND",
  "CONNECTION_STRING_INVALID",
  "CONNECTION_STRING_REFUSED",
] as const;

/**
 * Reads what the check list needs, the target's facts from the server itself, and judges it. The same for the wizard,
 * the Admin API and the worker. A target that does not answer is a failed check, not an error.
 */
export async function gatherChecks(db: Db, options: GatherChecks): Promise<GatheredChecks> {
  const { snapshot, target, caller } = options;
  const manifest = await readManifest(db, snapshot);
  const { facts, trouble, otherRun, ownBlock, timeSeries } = await lookAtTarget(db, options);
  const checks = checkRestore({
    caller,
    snapshot: describeSnapshot(snapshot, manifest),
    target: {
      ...describeTarget(target, facts, trouble),
      restoreRunning: otherRun,
      writeBlock: facts === null ? "off" : describeBlock(facts, ownBlock),
      timeSeries,
    },
  });
  return { checks, facts, manifest };
}

async function readManifest(db: Db, snapshot: SnapshotModel): Promise<SnapshotManifest | null> {
  if (!snapshot.repositoryId || !snapshot.manifestId || snapshot.deletedAt) return null;
  const repository = await openRepository(db, snapshot.repositoryId);
  return repository.readManifest(snapshot.manifestId);
}

function snapshotState(snapshot: SnapshotModel, now: Date): SnapshotToCheck["state"] {
  if (snapshot.deletedAt) return "deleted";
  if (snapshot.status === "FAILED" || snapshot.status === "CANCELLED") return "failed";
  if (snapshot.status !== "COMPLETED") return "inProgress";
  return snapshot.expiresAt && snapshot.expiresAt <= now ? "expired" : "completed";
}

function describeSnapshot(snapshot: SnapshotModel, manifest: SnapshotManifest | null): SnapshotToCheck {
  const entries = manifest?.members.flatMap((member) => member.collections) ?? [];
  const names = (type: "view" | "timeseries") =>
    entries.filter((entry) => entry.type === type).map((entry) => `${entry.database}.${entry.name}`);
  return {
    state: snapshotState(snapshot, new Date()),
    version: snapshot.mongoDBVersion ?? "0.0.0",
    fcv: snapshot.fcv ?? "0.0",
    fcvPinned: snapshot.fcvPinned,
    tier: snapshot.clusterTier,
    topology: { kind: "replicaSet" },
    consistent: snapshot.consistent,
    inconsistentReason: snapshot.inconsistentReason,
    dataBytes: Number(snapshot.dataBytes ?? 0n),
    encryption: "none",
    views: names("view"),
    timeSeries: names("timeseries"),
  };
}

type DescribedTarget = Omit<TargetToCheck, "restoreRunning" | "writeBlock" | "timeSeries">;

function describeTarget(target: ClusterModel, facts: DeploymentFacts | null, trouble: string | null): DescribedTarget {
  const states = { CREATING: "creating", DELETING: "deleting", DELETED: "deleted", IDLE: "idle" } as const;
  const state = states[target.state] === "idle" && facts === null ? "unreachable" : states[target.state];
  const missing = facts?.privileges.missing ?? [];
  return {
    name: target.name,
    state,
    stateReason: trouble,
    tier: target.tier,
    version: facts?.version ?? target.mongoDBVersion,
    fcv: facts?.fcv.version ?? target.fcv,
    fcvTargetVersion: facts?.fcv.targetVersion ?? null,
    // Only replica sets and single servers can be connected; a cluster that Holdfast runs is a replica set.
    topology: { kind: facts?.topology ?? "replicaSet" },
    encryption: "none",
    storage: facts?.storage ?? null,
    canBlockWrites: facts !== null && canBlockWrites(facts),
    cannotBlockReason: facts === null ? null : reasonNotToBlock(facts),
    missingPrivileges: facts !== null && !facts.privileges.write ? missing : [],
    usersWhoBypass: facts?.usersWhoBypass.map((user) => `${user.user}@${user.database}`) ?? [],
    bypassKnown: facts?.bypassKnown ?? false,
  };
}

function describeBlock(facts: DeploymentFacts, own: boolean): TargetToCheck["writeBlock"] {
  if (facts.userWriteBlock === "on") return own ? "ours" : "notOurs";
  return facts.userWriteBlock;
}

interface Look {
  facts: DeploymentFacts | null;
  trouble: string | null;
  otherRun: boolean;
  ownBlock: boolean;
  timeSeries: string[];
}

async function lookAtTarget(db: Db, options: GatherChecks): Promise<Look> {
  const { target, restoreId, runId } = options;
  const waiting = await db.restoreJob.count({
    where: {
      targetClusterId: target.id,
      status: { in: ["QUEUED", "IN_PROGRESS"] },
      ...(restoreId === null ? {} : { id: { not: restoreId } }),
    },
  });
  const nothing = { facts: null, trouble: null, otherRun: waiting > 0, ownBlock: false, timeSeries: [] };
  if (target.state !== "IDLE") return nothing;
  let deployment: Deployment | null = null;
  try {
    deployment = await openClusterDeployment(db, target.id);
    const client = await deployment.client();
    const facts = await inspectDeployment(client);
    const marker = await findMarker(client).catch(() => null);
    const lock = await db.serverLock.findUnique({ where: { serverKey: facts.serverKey } });
    return {
      facts,
      trouble: null,
      otherRun: waiting > 0 || (lock !== null && lock.runId !== runId),
      ownBlock: marker !== null && marker.runId === runId,
      timeSeries: await listTimeSeries(client),
    };
  } catch (error) {
    const known = KNOWN_TROUBLE.find((code) => isDomainError(error, code));
    if (!known) throw error;
    return { ...nothing, trouble: (error as Error).message };
  } finally {
    await deployment?.close();
  }
}
