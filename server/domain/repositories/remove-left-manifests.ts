import type { Repository } from "@/server/engine/repository";
import { fateOfManifest, type ManifestFate } from "@/server/engine/repository/garbage/ledger";
import type { Db } from "@/server/platform/db";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { listLeaving } from "../snapshots/leaving-snapshots";
import { oldestRunningSince } from "./ledger";

const BATCH = 500;

export interface LeftManifests {
  removed: number;
  /** Manifests that no row explains; they stay. */
  foreign: number;
  /** Snapshots of deleted projects of which no readable manifest is left. */
  goneIds: string[];
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
  const leaving = await listLeaving(from, repository.id);
  const goneIds = new Set(leaving.keys());
  const result = { removed: 0, foreign: 0 };
  let batch: string[] = [];
  const judge = async () => {
    for (const manifestId of await withoutOwner(from, repository.id, batch)) {
      signal?.throwIfAborted();
      const { fate, snapshotId } = await judgeManifest(from, repository, leaving, manifestId);
      if (fate === "foreign") result.foreign += 1;
      if (fate === "removable" && (await removeUnlocked(repository, manifestId))) result.removed += 1;
      else if (snapshotId !== null) goneIds.delete(snapshotId);
    }
    batch = [];
  };
  for await (const manifestId of repository.listManifests()) {
    signal?.throwIfAborted();
    batch.push(manifestId);
    if (batch.length === BATCH) await judge();
  }
  await judge();
  return { ...result, goneIds: [...goneIds] };
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

interface Judgement {
  fate: ManifestFate;
  /** Null for a manifest that cannot be read. */
  snapshotId: string | null;
}

async function judgeManifest(
  from: Db,
  repository: Repository,
  leaving: ReadonlyMap<string, Date>,
  manifestId: string,
): Promise<Judgement> {
  const manifest = await repository.readManifest(manifestId).catch((error: unknown) => {
    if (isDomainError(error, "STORAGE_UNAVAILABLE")) throw error;
    return null;
  });
  if (!manifest) return { fate: "needed", snapshotId: null };
  const { snapshotId } = manifest;
  const row = await from.snapshot.findFirst({
    where: { id: snapshotId, repositoryId: repository.id },
    select: { manifestId: true, status: true, deletedAt: true },
  });
  const ended = row !== null && row.status !== "QUEUED" && row.status !== "IN_PROGRESS";
  const deletedAt = leaving.get(snapshotId);
  const facts = row ? { ...row, ended } : deletedAt ? { manifestId: null, ended: true, deletedAt } : null;
  const since = await oldestRunningSince(from, repository.id);
  return { fate: fateOfManifest(manifestId, facts, since), snapshotId };
}
