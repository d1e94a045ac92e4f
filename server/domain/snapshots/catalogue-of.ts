import type { CatalogueFacts } from "@/server/engine/source/take-snapshot";
import type { Db, SnapshotModel } from "@/server/platform/db";

/** What a snapshot's manifest keeps of the rows round it, so that `repository adopt` can make them again. */
export async function catalogueOf(db: Db, snapshot: SnapshotModel): Promise<CatalogueFacts> {
  const cluster = await db.cluster.findUniqueOrThrow({
    where: { id: snapshot.clusterId },
    include: { embedded: true, project: { include: { organization: true } } },
  });
  const { project } = cluster;
  const { organization } = project;
  return {
    organization: { id: organization.id, name: organization.name },
    project: { id: project.id, name: project.name },
    cluster: {
      id: cluster.id,
      name: cluster.name,
      tier: cluster.tier,
      cloudProvider: cluster.cloudProvider,
      region: cluster.region,
      deploymentKind: cluster.deploymentKind,
      ...(cluster.embedded && { embeddedPort: cluster.embedded.port }),
    },
    snapshot: {
      id: snapshot.id,
      kind: snapshot.kind,
      description: snapshot.description,
      retentionDays: snapshot.retentionDays,
      createdAt: snapshot.createdAt.toISOString(),
      expiresAt: snapshot.expiresAt?.toISOString() ?? null,
      requestedByName: snapshot.requestedByName,
    },
  };
}
