import type { Repository } from "@/server/engine/repository";
import { forEachConcurrently } from "@/server/engine/source/abort";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { isNewer, summarizeManifest, type FoundSnapshot } from "../found-snapshot";

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
      const found = summarizeManifest(manifestId, await repository.readManifest(manifestId));
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
