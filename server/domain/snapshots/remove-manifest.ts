import { fateOfManifest } from "@/server/engine/repository/garbage/ledger";
import type { Db } from "@/server/platform/db";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { oldestRunningSince } from "../repositories/ledger";
import { openRepository } from "../repositories/open-repository";

/**
 * Removes the manifest of a snapshot whose row is marked deleted, once no run is under way that began before: it may
 * read the snapshot, or build the next one on it. May run twice. What must wait or the storage refuses now is tried again by
 * the worker's clean-up: the row keeps the manifest's name until it is gone. True: there is nothing left to do.
 */
export async function removeManifest(from: Db, snapshotId: string): Promise<boolean> {
  const row = await from.snapshot.findUnique({ where: { id: snapshotId, deletedAt: { not: null } } });
  if (!row?.repositoryId || !row.manifestId) return true;
  const facts = { ...row, ended: true };
  if (fateOfManifest(row.manifestId, facts, await oldestRunningSince(from)) !== "removable") return false;
  try {
    const repository = await openRepository(from, row.repositoryId);
    await repository.deleteManifest(row.manifestId);
  } catch (error) {
    if (!isDomainError(error, "MANIFEST_NOT_FOUND")) {
      logger.warn({ err: error, snapshotId }, "a manifest could not be removed yet");
      return false;
    }
  }
  await from.snapshot.update({ where: { id: snapshotId }, data: { manifestId: null } });
  return true;
}
