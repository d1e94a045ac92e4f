import type { Actor } from "@/server/access/actor";
import { can, canSee, type ProjectScope } from "@/server/access/require-permission";
import type { SnapshotManifest } from "@/server/engine/repository";
import { db, type ClusterModel, type SnapshotModel } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { getCluster } from "../clusters/find-cluster";
import { toNumber } from "../common/values";
import { findProjectScope } from "../projects/find-project";
import { getSnapshotRow } from "../snapshots/find-snapshot";
import { dataAtOf } from "../snapshots/present";
import { listConsequences } from "./consequences";
import { estimateRestore } from "./estimate";
import { gatherChecks, type GatheredChecks } from "./gather-checks";
import type { CheckRestore, Consequence, RestoreCheckView } from "./schema";

export interface RestoreSides {
  source: ProjectScope;
  snapshot: SnapshotModel;
  targetProject: ProjectScope;
  target: ClusterModel;
}

/**
 * Both sides of a restore, each read under its own project. Throws SNAPSHOT_NOT_FOUND, GROUP_NOT_FOUND for a target
 * project that the actor does not know, CLUSTER_NOT_FOUND.
 */
export async function readSides(actor: Actor, source: ProjectScope, input: CheckRestore): Promise<RestoreSides> {
  const snapshot = await getSnapshotRow(source, input.snapshotId);
  const targetProject = input.targetProjectId === source.id ? source : await findProjectScope(input.targetProjectId);
  if (!targetProject || !canSee(actor, { project: targetProject })) {
    throw new DomainError("GROUP_NOT_FOUND", { params: { groupId: input.targetProjectId } });
  }
  const target = await getCluster(targetProject, input.targetClusterId);
  return { source, snapshot, targetProject, target };
}

/** The check list for these sides, from fresh facts. */
export function gatherFor(actor: Actor, sides: RestoreSides): Promise<GatheredChecks> {
  const { source, snapshot, targetProject, target } = sides;
  const judge = (project: ProjectScope) => ({
    allowed: can(actor, "restore.start", { project }),
    project: project.name,
  });
  const caller = { source: judge(source), target: judge(targetProject) };
  return gatherChecks(db(), { snapshot, target, caller, restoreId: null, runId: null });
}

/** The wizard's last page: every check with its fact, what will happen, and how long it took before. */
export async function checkRestore(
  actor: Actor,
  project: ProjectScope,
  input: CheckRestore,
): Promise<RestoreCheckView> {
  const sides = await readSides(actor, project, input);
  const { snapshot, targetProject, target } = sides;
  const { checks, facts, manifest } = await gatherFor(actor, sides);
  const [consequences, estimate] = await Promise.all([
    facts && manifest ? describeConsequences(target.id, manifest) : [],
    estimateRestore(targetProject.organizationId, toNumber(snapshot.dataBytes)),
  ]);
  return {
    source: {
      snapshotId: snapshot.id,
      cluster: { id: snapshot.clusterId, name: snapshot.clusterName },
      project: { id: project.id, name: project.name },
      dataAt: dataAtOf(snapshot),
      createdAt: snapshot.createdAt,
      consistent: snapshot.consistent,
      mongoDBVersion: snapshot.mongoDBVersion,
      documents: toNumber(snapshot.documentCount),
      collections: snapshot.collectionCount,
      dataBytes: toNumber(snapshot.dataBytes),
    },
    target: {
      cluster: { id: target.id, name: target.name },
      project: { id: targetProject.id, name: targetProject.name },
      tier: target.tier,
      mongoDBVersion: facts?.version ?? target.mongoDBVersion,
      dataBytes: facts?.dataBytes ?? toNumber(target.dataSizeBytes),
      freeBytes: facts?.storage?.freeBytes ?? null,
    },
    checkedAt: new Date(),
    checks,
    possible: checks.every((check) => check.result !== "fail"),
    needsAcceptUnblocked: needsAcceptUnblocked(checks),
    consequences,
    estimate,
  };
}

/** The list is for people: a target that goes away between two looks leaves it empty, and a check says so next time. */
async function describeConsequences(targetId: string, manifest: SnapshotManifest): Promise<Consequence[]> {
  try {
    return await listConsequences(targetId, manifest);
  } catch (error) {
    logger.warn({ err: error, clusterId: targetId }, "the target's collections could not be listed");
    return [];
  }
}

export function needsAcceptUnblocked(checks: GatheredChecks["checks"]): boolean {
  return checks.some((check) => check.id === "writeBlock" && check.result === "warn");
}
