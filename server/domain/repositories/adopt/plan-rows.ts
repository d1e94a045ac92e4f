import { createHash } from "node:crypto";
import type { SnapshotCatalogue } from "@/server/engine/repository";
import type { FoundSnapshot } from "../found-snapshot";

/** What the manifests of a repository say should exist. */
export interface PlannedRows {
  organization: { id: string; name: string };
  /** A manifest says which organization it is; else it was made up. */
  isNamed: boolean;
  projects: Array<{ id: string; name: string }>;
  clusters: PlannedCluster[];
}

export interface PlannedCluster extends Omit<SnapshotCatalogue["cluster"], "embeddedPort"> {
  projectId: string;
  embeddedPort: number | null;
  mongoDBVersion: string;
  fcv: string;
  fcvPinned: boolean;
  replicaSetName: string | null;
  newestSnapshotId: string;
  /** When its first snapshot was taken: the best that is known of its age. */
  firstSeenAt: string;
}

/** An id that is the same each time the same repository is adopted. */
function derivedId(repositoryId: string, what: string): string {
  return createHash("sha256").update(`${what} of repository ${repositoryId}`).digest("hex").slice(0, 24);
}

/**
 * Organization, projects and clusters from the manifests, given oldest first: the newest that speaks of a thing wins.
 * Snapshots from before manifests had a catalogue stand in an organization and a project of their own, unless a later
 * snapshot of the same cluster tells where it belongs.
 */
export function planRows(repositoryId: string, snapshots: readonly FoundSnapshot[]): PlannedRows {
  const tail = repositoryId.slice(-6);
  let organization = { id: derivedId(repositoryId, "organization"), name: `Adopted repository ${tail}` };
  const projects = new Map<string, { id: string; name: string }>();
  const clusters = new Map<string, PlannedCluster>();
  const unnamed = { id: derivedId(repositoryId, "project"), name: `Adopted ${tail}` };
  for (const { snapshotId, catalogue, source, createdAt } of snapshots) {
    const before = clusters.get(source.clusterId);
    if (catalogue) {
      organization = catalogue.organization;
      projects.set(catalogue.project.id, catalogue.project);
    }
    const { embeddedPort, ...place } = catalogue?.cluster ?? {
      ...guessedPlace(source, before),
      embeddedPort: undefined,
    };
    clusters.set(source.clusterId, {
      ...place,
      id: source.clusterId,
      projectId: catalogue?.project.id ?? before?.projectId ?? unnamed.id,
      embeddedPort: embeddedPort ?? before?.embeddedPort ?? null,
      mongoDBVersion: source.mongoDBVersion,
      fcv: source.fcv,
      fcvPinned: source.fcvPinned,
      replicaSetName: source.replicaSetName,
      newestSnapshotId: snapshotId,
      firstSeenAt: before?.firstSeenAt ?? createdAt,
    });
  }
  const planned = [...clusters.values()];
  if (planned.some(({ projectId }) => projectId === unnamed.id)) projects.set(unnamed.id, unnamed);
  const isNamed = snapshots.some(({ catalogue }) => catalogue !== null);
  return { organization, isNamed, projects: [...projects.values()], clusters: planned };
}

function guessedPlace(source: FoundSnapshot["source"], before: PlannedCluster | undefined) {
  return {
    name: source.clusterName,
    tier: source.tier,
    cloudProvider: before?.cloudProvider ?? "AWS",
    region: before?.region ?? "EU_CENTRAL_1",
    deploymentKind: before?.deploymentKind ?? ("EXTERNAL" as const),
  };
}
