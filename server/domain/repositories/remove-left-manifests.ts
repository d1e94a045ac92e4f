import type { Repository } from "@/server/engine/repository";
import { fateOfManifest } from "@/server/engine/repository/garbage/ledger";
import type { Db } from "@/server/platform/db";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { oldestRunningSince } from "./ledger";

const BATCH = 500;

export interface LeftManifests {
  removed: number;
  /** Manifests that no row explains; they stay. */
  foreign: number;
}

/**
 * Removes manifests that a killed try left behind: no snapshot is theirs, but the one they name was deleted, or has
 * another. Others that no row explains are counted and kept. A manifest that cannot be read is left for the mark to name. Throws the signal's reason.
 */
export async function removeLeftManifests(
  from: Db,
  repository: Repository,
  signal?: AbortSignal,
): Promise<LeftManifests> {
  const result: LeftManifests = { removed: 0, foreign: 0 };
  let batch: string[] = [];
  const judge = async () => {
    for (const manifestId of await withoutOwner(from, repository.id, batch)) {
      signal?.throwIfAborted();
      const fate = await judgeManifest(from, repository, manifestId);
      if (fate === "foreign") result.foreign += 1;
      if (fate !== "removable") continue;
      if (await removeUnlocked(repository, manifestId)) result.removed += 1;
    }
    batch = [];
  };
  for await (const manifestId of repository.listManifests()) {
    signal?.throwIfAborted();
    batch.push(manifestId);
    if (batch.length === BATCH) await judge();
  }
  await judge();
  return result;
}

/** False when the storage keeps it until a lock ends: it is looked at again in the next round. */
async function removeUnlocked(repository: Repository, manifestId: string): Promise<boolean> {
  try {
    await repository.deleteManifest(manifestId);
    return true;
  } catch (error) {
    if (!isDomainError(error, "STORAGE_OBJECT_LOCKED")) throw error;
    return false;
  }
}

/** Those of these manifests that no snapshot's row has as its own. */
export async function withoutOwner(from: Db, repositoryId: string, manifestIds: string[]): Promise<string[]> {
  const rows = await from.snapshot.findMany({
    where: { repositoryId, manifestId: { in: manifestIds } },
    select: { manifestId: true },
  });
  const owned = new Set(rows.map(({ manifestId }) => manifestId));
  return manifestIds.filter((manifestId) => !owned.has(manifestId));
}

async function judgeManifest(from: Db, repository: Repository, manifestId: string) {
  const manifest = await repository.readManifest(manifestId).catch((error: unknown) => {
    if (isDomainError(error, "STORAGE_UNAVAILABLE")) throw error;
    return null;
  });
  if (!manifest) return "needed";
  const row = await from.snapshot.findFirst({
    where: { id: manifest.snapshotId, repositoryId: repository.id },
    select: { manifestId: true, status: true, deletedAt: true },
  });
  const ended = row !== null && row.status !== "QUEUED" && row.status !== "IN_PROGRESS";
  const since = await oldestRunningSince(from, repository.id);
  return fateOfManifest(manifestId, row ? { ...row, ended } : null, since);
}
