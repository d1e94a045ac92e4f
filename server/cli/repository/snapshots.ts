import type { Repository, SnapshotManifest } from "@/server/engine/repository";
import { prefetch } from "@/server/engine/tree/prefetch";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";

const MANIFESTS_AT_ONCE = 16;

export interface FoundSnapshot {
  manifestId: string;
  manifest: SnapshotManifest;
}

export interface UnreadableSnapshot {
  manifestId: string;
  code: string;
  message: string;
}

/** Every snapshot, oldest first, and the manifests that cannot be read. */
export async function listSnapshots(
  repository: Repository,
  signal: AbortSignal,
): Promise<{ snapshots: FoundSnapshot[]; unreadable: UnreadableSnapshot[] }> {
  const snapshots: FoundSnapshot[] = [];
  const unreadable: UnreadableSnapshot[] = [];
  const found = prefetch(repository.listManifests(), {
    limitBytes: MANIFESTS_AT_ONCE,
    weigh: () => 1,
    start: (manifestId) => readOne(repository, manifestId),
  });
  for await (const one of found) {
    signal.throwIfAborted();
    if (one === null) continue;
    if ("manifest" in one) snapshots.push(one);
    else unreadable.push(one);
  }
  snapshots.sort((a, b) => (a.manifest.createdAt < b.manifest.createdAt ? -1 : 1));
  return { snapshots, unreadable };
}

/** Null when expiry removed it meanwhile. */
async function readOne(repository: Repository, manifestId: string): Promise<FoundSnapshot | UnreadableSnapshot | null> {
  try {
    return { manifestId, manifest: await repository.readManifest(manifestId) };
  } catch (error) {
    if (isDomainError(error, "MANIFEST_NOT_FOUND")) return null;
    if (!isDomainError(error, "MANIFEST_CORRUPT") && !isDomainError(error, "REPOSITORY_FORMAT_UNKNOWN")) throw error;
    return { manifestId, code: error.code, message: error.message };
  }
}

/**
 * The snapshot with this id, which may be the snapshot's or its manifest's. Throws SNAPSHOT_NOT_FOUND, MANIFEST_CORRUPT,
 * REPOSITORY_FORMAT_UNKNOWN.
 */
export async function findSnapshot(repository: Repository, id: string, signal: AbortSignal): Promise<FoundSnapshot> {
  try {
    return { manifestId: id, manifest: await repository.readManifest(id) };
  } catch (error) {
    if (!isDomainError(error, "MANIFEST_NOT_FOUND")) throw error;
  }
  const { snapshots, unreadable } = await listSnapshots(repository, signal);
  const found = snapshots.find(({ manifest }) => manifest.snapshotId === id);
  if (found) return found;
  const [damaged] = unreadable;
  const hint = damaged ? `; ${unreadable.length} manifests here cannot be read, and it may be one of them` : "";
  throw new DomainError("SNAPSHOT_NOT_FOUND", {
    message: `the repository has no snapshot ${id}${hint}`,
    params: { id },
  });
}

/** What a list shows of a snapshot. */
export function snapshotFacts({ manifestId, manifest }: FoundSnapshot) {
  const collections = manifest.members.flatMap((member) => member.collections);
  return {
    id: manifest.snapshotId,
    manifestId,
    cluster: manifest.source.clusterName,
    project: manifest.catalogue?.project.name ?? null,
    takenAt: manifest.createdAt,
    consistent: manifest.consistent,
    inconsistentReason: manifest.inconsistentReason ?? null,
    mongoDBVersion: manifest.source.mongoDBVersion,
    collections: collections.length,
    documents: collections.reduce((sum, { documents }) => sum + documents, 0),
    bytes: collections.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
