import { setTimeout } from "node:timers/promises";
import type { Actor } from "@/server/access/actor";
import type { ProjectScope } from "@/server/access/require-permission";
import { db, type SnapshotModel } from "@/server/platform/db";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { openRepository } from "../repositories/open-repository";
import { findPlaceOf } from "../storage/where-stored";
import { getSnapshotRow } from "./find-snapshot";
import { presentSnapshots } from "./present";
import type { SnapshotDetail, SnapshotView } from "./schema";

/** A page does not wait longer for storage that may be far away. */
const CONTENTS_TIMEOUT_MS = 5_000;

/** What is in the snapshot, from its manifest; null where there is none or the storage does not give it in time. */
async function findContents(row: SnapshotModel): Promise<SnapshotDetail["contents"]> {
  const late = new AbortController();
  const tooLate = setTimeout(CONTENTS_TIMEOUT_MS, null, { signal: late.signal, ref: false });
  try {
    return await Promise.race([readContents(row), tooLate.catch(() => null)]);
  } finally {
    late.abort();
  }
}

async function readContents(row: SnapshotModel): Promise<SnapshotDetail["contents"]> {
  if (row.status !== "COMPLETED" || !row.repositoryId || !row.manifestId) return null;
  try {
    const repository = await openRepository(db(), row.repositoryId);
    const manifest = await repository.readManifest(row.manifestId);
    return manifest.members.flatMap((member) =>
      member.collections.map((collection) => ({
        database: collection.database,
        name: collection.name,
        type: collection.type,
        documents: collection.documents,
        bytes: collection.bytes,
        indexes: collection.indexes.length,
      })),
    );
  } catch (error) {
    if (!isDomainError(error)) throw error;
    logger.error({ err: error, snapshotId: row.id }, "a manifest cannot be read");
    return null;
  }
}

/** One snapshot as lists show it. Throws SNAPSHOT_NOT_FOUND. */
export async function getSnapshot(actor: Actor, project: ProjectScope, snapshotId: string): Promise<SnapshotView> {
  const [view] = await presentSnapshots(actor, project, [await getSnapshotRow(project, snapshotId)]);
  return view!;
}

/** A snapshot's own page. Throws SNAPSHOT_NOT_FOUND. */
export async function getSnapshotDetail(
  actor: Actor,
  project: ProjectScope,
  snapshotId: string,
): Promise<SnapshotDetail> {
  const row = await getSnapshotRow(project, snapshotId);
  const [[view], contents, storage] = await Promise.all([
    presentSnapshots(actor, project, [row]),
    findContents(row),
    findPlaceOf(row.repositoryId),
  ]);
  return { ...view!, project: { id: project.id, name: project.name }, manifestId: row.manifestId, storage, contents };
}
