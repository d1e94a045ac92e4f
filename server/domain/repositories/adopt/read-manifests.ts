import type { Repository, SnapshotCatalogue, SnapshotManifest } from "@/server/engine/repository";
import { forEachConcurrently } from "@/server/engine/source/abort";
import { isDomainError } from "@/server/platform/errors/domain-error";

/** What adopting needs of a manifest; the lists of collections may be large and are let go. */
export interface FoundSnapshot extends Pick<SnapshotManifest, "createdAt" | "consistent" | "source"> {
  manifestId: string;
  snapshotId: string;
  inconsistentReason: string | null;
  clusterTime: { seconds: number; increment: number } | null;
  documents: number;
  collections: number;
  bytes: number;
  /** Null in manifests from before it was kept. */
  catalogue: SnapshotCatalogue | null;
}

export interface DamagedManifest {
  manifestId: string;
  code: string;
  message: string;
}

const READ_AT_ONCE = 8;

/**
 * Reads every manifest of a repository. Of several for one snapshot (a worker died between writing the manifest and noting
 * it) the newest counts. Throws STORAGE_UNAVAILABLE and the signal's reason.
 */
export async function readManifests(
  repository: Repository,
  options: { signal: AbortSignal; onProgress?: (read: number, all: number) => void },
): Promise<{ snapshots: FoundSnapshot[]; damaged: DamagedManifest[] }> {
  const ids: string[] = [];
  for await (const id of repository.listManifests()) ids.push(id);
  const bySnapshot = new Map<string, FoundSnapshot>();
  const damaged: DamagedManifest[] = [];
  let read = 0;
  await forEachConcurrently(ids, READ_AT_ONCE, options.signal, async (manifestId) => {
    try {
      const found = summarize(manifestId, await repository.readManifest(manifestId));
      const other = bySnapshot.get(found.snapshotId);
      if (!other || isNewer(found, other)) bySnapshot.set(found.snapshotId, found);
    } catch (error) {
      // Gone since it was listed: garbage collection of another installation.
      if (isDomainError(error, "MANIFEST_NOT_FOUND")) return;
      const isDamage = isDomainError(error, "MANIFEST_CORRUPT") || isDomainError(error, "REPOSITORY_FORMAT_UNKNOWN");
      if (!isDamage) throw error;
      damaged.push({ manifestId, code: error.code, message: error.message });
    }
    options.onProgress?.((read += 1), ids.length);
  });
  const snapshots = [...bySnapshot.values()].sort((a, b) => (isNewer(a, b) ? 1 : -1));
  return { snapshots, damaged: damaged.sort((a, b) => (a.manifestId < b.manifestId ? -1 : 1)) };
}

function isNewer(a: FoundSnapshot, b: FoundSnapshot): boolean {
  return a.createdAt === b.createdAt ? a.manifestId > b.manifestId : a.createdAt > b.createdAt;
}

function summarize(manifestId: string, manifest: SnapshotManifest): FoundSnapshot {
  const collections = manifest.members.flatMap((member) => member.collections);
  const sum = (name: "documents" | "bytes") => collections.reduce((total, one) => total + one[name], 0);
  const { snapshotId, createdAt, consistent, source } = manifest;
  return {
    ...{ manifestId, snapshotId, createdAt, consistent, source },
    inconsistentReason: manifest.inconsistentReason ?? null,
    clusterTime: manifest.members[0]?.clusterTime ?? null,
    documents: sum("documents"),
    collections: collections.length,
    bytes: sum("bytes"),
    catalogue: manifest.catalogue ?? null,
  };
}
