import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { makeOneTimePassword } from "@/server/auth/passwords";
import {
  DEPLOYMENT_WANTED_CHANNEL,
  EMBEDDED_PASSWORD_PURPOSE,
  embeddedReplicaSetName,
} from "@/server/jobs/definitions/embedded-deployment";
import { seal } from "@/server/platform/crypto";
import { db, isUniqueViolation, type ClusterModel, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { freePorts } from "@/server/platform/ports";
import { notify } from "@/server/platform/postgres";
import { recordActivity } from "../activity/record-activity";
import type { CreateEmbeddedCluster } from "./schema";
import { isDedicated, majorMinor, pinnedFcvBelow } from "./tiers";

const CLUSTERS_PER_PROJECT = 25;
const FIRST_PORT = 27_117;
const PIN_LASTS_MS = 28 * 24 * 60 * 60_000;
/** A port taken between looking and inserting: look again. */
const TRIES = 3;

/** The row that a new cluster begins with, whoever runs its deployment. */
export function newClusterRow(
  project: ProjectScope,
  input: { name: string; tier: string; cloudProvider: string; region: string },
) {
  const { name, tier, cloudProvider, region } = input;
  const backupEnabled = isDedicated(tier);
  return { id: newId(), projectId: project.id, name, liveName: name, tier, cloudProvider, region, backupEnabled };
}

/** Throws where the project can take no further cluster of this tier. Holds the project until the commit. */
export async function assertRoomForCluster(tx: Tx, project: ProjectScope, tier: string): Promise<void> {
  await tx.$queryRaw`select id from "Project" where id = ${project.id} for update`;
  const living = await tx.cluster.findMany({
    where: { projectId: project.id, liveName: { not: null } },
    select: { tier: true },
  });
  const tooMany =
    living.length >= CLUSTERS_PER_PROJECT ? `A project holds at most ${CLUSTERS_PER_PROJECT} clusters.` : null;
  const secondM0 =
    tier === "M0" && living.some((one) => one.tier === "M0") ? "A project holds at most one M0 cluster." : null;
  const detail = tooMany ?? secondM0;
  if (detail) throw new DomainError("INVALID_ATTRIBUTE", { params: { attribute: "tier", detail } });
}

async function choosePort(tx: Tx): Promise<number> {
  const last = await tx.embeddedDeployment.findFirst({ orderBy: { port: "desc" }, select: { port: true } });
  const [port] = await freePorts(Math.max(FIRST_PORT, (last?.port ?? 0) + 1), 1);
  return port!;
}

async function insertEmbedded(
  actor: Actor,
  project: ProjectScope,
  input: CreateEmbeddedCluster,
): Promise<ClusterModel> {
  return db().$transaction(async (tx) => {
    await assertRoomForCluster(tx, project, input.tier);
    const row = newClusterRow(project, input);
    const cluster = await tx.cluster.create({
      data: {
        ...row,
        mongoDBVersion: input.mongoDBVersion,
        fcv: input.pinFcv ? pinnedFcvBelow(input.mongoDBVersion) : majorMinor(input.mongoDBVersion),
        fcvPinned: input.pinFcv,
        fcvPinnedUntil: input.pinFcv ? new Date(new Date().getTime() + PIN_LASTS_MS) : null,
        replicaSetName: embeddedReplicaSetName(row.id),
        deploymentKind: "EMBEDDED",
        state: "CREATING",
        embedded: {
          create: {
            port: await choosePort(tx),
            rootPasswordSealed: seal(makeOneTimePassword(), EMBEDDED_PASSWORD_PURPOSE),
          },
        },
      },
    });
    await notify(tx, DEPLOYMENT_WANTED_CHANNEL, cluster.id);
    await recordActivity(tx, {
      organizationId: project.organizationId,
      projectId: project.id,
      type: "CLUSTER_CREATED",
      actor,
      cluster: { id: cluster.id, name: cluster.name },
      details: { tier: input.tier, mongoDBVersion: input.mongoDBVersion, deployment: "embedded" },
    });
    return cluster;
  });
}

/**
 * Creates a cluster that Holdfast runs itself; the host process starts it. Throws DUPLICATE_CLUSTER_NAME, or
 * INVALID_ATTRIBUTE when the project is full.
 */
export async function createEmbeddedCluster(
  actor: Actor,
  project: ProjectScope,
  input: CreateEmbeddedCluster,
): Promise<ClusterModel> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await insertEmbedded(actor, project, input);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const isTaken = await db().cluster.findFirst({ where: { projectId: project.id, liveName: input.name } });
      if (isTaken) throw duplicateName(input.name, error);
      if (attempt >= TRIES) throw error;
    }
  }
}

export function duplicateName(name: string, cause: unknown): DomainError {
  return new DomainError("DUPLICATE_CLUSTER_NAME", { params: { clusterName: name }, cause });
}
