import type { Repository, SnapshotManifest } from "@/server/engine/repository";
import { compareWithStorage } from "@/server/engine/repository/garbage/compare-with-storage";
import type { Db, SnapshotModel } from "@/server/platform/db";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { newId } from "@/server/platform/ids";
import { summarizeManifest, type FoundSnapshot } from "./found-snapshot";
import { PostgresNodeIndex } from "./node-index";
import { withoutOwner } from "./remove-left-manifests";

/** By how much the clocks of two machines may differ. */
const CLOCKS_APART_MS = 60 * 60_000;
const BATCH = 500;
/** What was stored then cannot be used, without anything being wrong with the storage. */
const UNUSABLE = ["MANIFEST_NOT_FOUND", "MANIFEST_CORRUPT", "REPOSITORY_FORMAT_UNKNOWN"] as const;
const INCOMPLETE = ["NODE_MISSING", "NODE_CORRUPT"] as const;

interface TakeOverTry {
  db: Db;
  repository: Repository;
  snapshot: Pick<SnapshotModel, "id" | "clusterId" | "createdAt">;
  /** Throws when the run is no longer the caller's. */
  assertHeld: () => Promise<void>;
  signal: AbortSignal;
}

/**
 * What an earlier try of a snapshot's run completed although its row does not say so: its worker died between the manifest
 * and the row, or the row is that of a database from before. Its state is the one that was asked for and may exist nowhere else any
 * more, so it is used rather than read anew. It is stored again under another manifest, because the earlier try, should
 * it still live, removes its own. Null where there is none, or what it needs is not there any more. Throws what storage and
 * `assertHeld` throw, and the signal's reason.
 */
export async function takeOverTry(options: TakeOverTry): Promise<FoundSnapshot | null> {
  const { db, repository, snapshot, assertHeld, signal } = options;
  const manifest = await findTry(options);
  if (!manifest) return null;
  // The index may be from before as well, and not know the packs of that time.
  await compareWithStorage(repository, new PostgresNodeIndex(db, repository.id), signal);
  try {
    return summarizeManifest(await repository.writeManifest(manifest, { assertHeld }), manifest);
  } catch (error) {
    if (!INCOMPLETE.some((code) => isDomainError(error, code))) throw error;
    logger.warn({ err: error, snapshotId: snapshot.id }, "an earlier try of a snapshot lacks what it stored");
    return null;
  }
}

/** The newest manifest that names the snapshot and is no row's. */
async function findTry(options: TakeOverTry): Promise<SnapshotManifest | null> {
  const { db, repository, snapshot, signal } = options;
  // Ids begin with their time.
  const oldest = newId(new Date(snapshot.createdAt.getTime() - CLOCKS_APART_MS)).slice(0, 8);
  let newest: SnapshotManifest | null = null;
  let batch: string[] = [];
  const look = async (): Promise<void> => {
    for (const manifestId of await withoutOwner(db, repository.id, batch)) {
      signal.throwIfAborted();
      const manifest = await readUsable(repository, manifestId);
      if (manifest?.snapshotId !== snapshot.id || manifest.source.clusterId !== snapshot.clusterId) continue;
      if (!newest || manifest.createdAt > newest.createdAt) newest = manifest;
    }
    batch = [];
  };
  for await (const manifestId of repository.listManifests()) {
    if (manifestId.slice(0, 8) >= oldest) batch.push(manifestId);
    if (batch.length === BATCH) await look();
  }
  if (batch.length > 0) await look();
  return newest;
}

async function readUsable(repository: Repository, manifestId: string): Promise<SnapshotManifest | null> {
  try {
    return await repository.readManifest(manifestId);
  } catch (error) {
    if (!UNUSABLE.some((code) => isDomainError(error, code))) throw error;
    return null;
  }
}
