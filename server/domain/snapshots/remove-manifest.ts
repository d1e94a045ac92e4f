import { fateOfManifest } from "@/server/engine/repository/garbage/ledger";
import type { Db } from "@/server/platform/db";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { oldestRunningSince } from "../repositories/ledger";
import { openRepository } from "../repositories/open-repository";

/** Waiting: a run that began before may need it, or its storage keeps it until a lock ends. */
type ManifestRemoval = "removed" | "waiting" | "failed";

/**
 * Removes the manifest of a snapshot whose row is marked deleted, once no run that can touch its repository is under way that began before: it may
 * read the snapshot, or build the next one on it. May run twice. What must wait or the storage refuses now is tried again by
 * the worker's clean-up: the row keeps the manifest's name until it is gone. Removed: there is nothing left to do.
 */
export async function removeManifest(from: Db, snapshotId: string): Promise<ManifestRemoval> {
  const row = await from.snapshot.findUnique({ where: { id: snapshotId, deletedAt: { not: null } } });
  if (!row?.repositoryId || !row.manifestId) return "removed";
  const facts = { ...row, ended: true };
  if (fateOfManifest(row.manifestId, facts, await oldestRunningSince(from, row.repositoryId)) !== "removable")
    return "waiting";
  try {
    const repository = await openRepository(from, row.repositoryId);
    await repository.deleteManifest(row.manifestId);
  } catch (error) {
    if (!isDomainError(error, "MANIFEST_NOT_FOUND")) {
      if (isDomainError(error, "STORAGE_OBJECT_LOCKED")) return "waiting";
      logger.warn({ err: error, snapshotId }, "a manifest could not be removed yet");
      return "failed";
    }
  }
  await from.snapshot.update({ where: { id: snapshotId }, data: { manifestId: null } });
  return "removed";
}
