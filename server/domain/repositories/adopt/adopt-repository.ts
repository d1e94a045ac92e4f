import { SYSTEM } from "@/server/access/actor";
import { Repository, type RepositoryKeys } from "@/server/engine/repository";
import { rebuildIndex } from "@/server/engine/repository/node-index/rebuild-index";
import { ensureEnvelope, type KeyWrapper } from "@/server/engine/repository/keys/key-envelope";
import type { DamagedPack } from "@/server/engine/repository/node-index/pack-survey";
import { unlockKeys } from "@/server/engine/repository/keys/unlock-keys";
import type { ObjectStore } from "@/server/engine/storage";
import { installationKey } from "@/server/platform/crypto";
import type { Db } from "@/server/platform/db";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../../activity/record-activity";
import { listLeaving } from "../../snapshots/leaving-snapshots";
import { PostgresNodeIndex } from "../node-index";
import { findOwner, seeToOwner } from "./see-to-owner";
import { insertClusters, insertProjects, insertSnapshots, type Inserted } from "./insert-catalogue";
import { openPlace } from "../../storage/open-target";
import { assertMayAdopt, insertOrganization, insertRepository, kindOf, type AdoptedPlace } from "./insert-place";
import { planRows, type PlannedRows } from "./plan-rows";
import type { FoundSnapshot } from "../found-snapshot";
import { readManifests, type DamagedManifest } from "./read-manifests";

export interface AdoptRepository extends AdoptedPlace {
  db: Db;
  /** The installation key that wraps the repository's keys: of the installation that was lost. */
  key: KeyWrapper;
  signal: AbortSignal;
  onProgress?: (words: string, part: number | null) => void;
  now?: Date;
  /** A person who is here already, to own the organization where nobody belongs to it. */
  ownerEmail?: string | null;
}

export interface Adoption {
  repositoryId: string;
  organization: { id: string; name: string };
  /** Everything could be read. */
  ok: boolean;
  packs: number;
  nodes: number;
  /** What the manifests name; `inserted` are the rows that were not there. */
  found: { projects: number; clusters: number; snapshots: number };
  inserted: Inserted & { organization: boolean; repository: boolean };
  damagedPacks: DamagedPack[];
  damagedManifests: DamagedManifest[];
  /** Nobody belongs to the organization, and the first person has been made: without an owner nobody sees it. */
  needsOwner: boolean;
  /** Why this installation's key could not be given an envelope in the storage; null when it has one. */
  envelopeRefused: string | null;
}

const INSERT_TIMEOUT_MS = 10 * 60_000;

/**
 * Rebuilds the whole catalogue of a repository from storage and key: the index of nodes from the packs' own lists,
 * then organization, projects, clusters and snapshots from the manifests. First the index, then all rows in one
 * transaction, so nobody meets a snapshot whose nodes are not known. What is there already is left as it is: adopting
 * twice doubles nothing, and after a failure it is simply done again. Damage is in the answer, and the rest adopted.
 * Throws USER_NOT_FOUND for an owner who is not here.
 * Throws REPOSITORY_OF_ANOTHER_ORGANIZATION, REPOSITORY_ELSEWHERE for a copy of one that is here, STORAGE_LOCATION_REFUSED for a place that the portal may not use, what
 * opening throws (REPOSITORY_KEY_WRONG, …), STORAGE_UNAVAILABLE and the signal's reason.
 */
export async function adoptRepository(options: AdoptRepository): Promise<Adoption> {
  const { db, signal, location, credentials } = options;
  // Opened as the portal will: a place that it may not use is refused now.
  const store = await openPlace(kindOf(location), location, credentials);
  const { header, keys } = await unlockKeys(store, options.key);
  const { repositoryId } = header;
  const repository = await Repository.open({ store, index: new PostgresNodeIndex(db, repositoryId), keys });
  const { snapshots: all, damaged } = await readManifests(repository, {
    signal,
    onProgress: (read, count) => options.onProgress?.(`Reading manifests: ${read} of ${count}`, read / count),
  });
  // What was deleted here stays so while its manifest waits for its removal.
  const leaving = await listLeaving(db, repositoryId);
  const snapshots = all.filter(({ snapshotId }) => !leaving.has(snapshotId));
  const planned = await keepKnown(db, repositoryId, planRows(repositoryId, snapshots));
  await assertMayAdopt(db, repositoryId, planned.organization.id, keys, location);
  const owner = await findOwner(db, options.ownerEmail ?? null);
  const envelopeRefused = await addEnvelope(store, repositoryId, keys);
  const index = await rebuildIndex(repository, {
    signal,
    onProgress: (packs, nodes) => options.onProgress?.(`Rebuilding the index: ${packs} packs, ${nodes} nodes`, null),
  });
  signal.throwIfAborted();
  options.onProgress?.("Making the rows", null);
  const inserted = await insertAll(options, repositoryId, keys, planned, snapshots);
  const needsOwner = await seeToOwner(db, planned.organization.id, owner);
  return {
    repositoryId,
    organization: planned.organization,
    ok: index.damagedPacks.length === 0 && damaged.length === 0,
    ...index,
    found: {
      projects: planned.projects.length,
      clusters: planned.clusters.length,
      snapshots: snapshots.length,
    },
    inserted,
    damagedManifests: damaged,
    needsOwner,
    envelopeRefused,
  };
}

/** A repository that is here already stays with its organization, also when no manifest names one. */
async function keepKnown(db: Db, repositoryId: string, planned: PlannedRows): Promise<PlannedRows> {
  const row = await db.repository.findUnique({ where: { id: repositoryId }, include: { organization: true } });
  if (!row || planned.isNamed) return planned;
  return { ...planned, organization: { id: row.organizationId, name: row.organization.name } };
}

async function addEnvelope(store: ObjectStore, repositoryId: string, keys: RepositoryKeys): Promise<string | null> {
  try {
    await ensureEnvelope(store, installationKey(), { repositoryId, keys });
    return null;
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return error.message;
  }
}

async function insertAll(
  options: AdoptRepository,
  repositoryId: string,
  keys: RepositoryKeys,
  planned: PlannedRows,
  snapshots: readonly FoundSnapshot[],
): Promise<Adoption["inserted"]> {
  const { organization } = planned;
  const organizationId = organization.id;
  return options.db.$transaction(
    async (tx) => {
      await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`adopting ${organizationId}`}, 0))`;
      await assertMayAdopt(tx, repositoryId, organizationId, keys, options.location);
      const isNewOrganization = await insertOrganization(tx, organization, keys);
      const target = { id: repositoryId, organizationId, keys, isNewOrganization };
      const isNewRepository = await insertRepository(tx, target, options);
      const projects = await insertProjects(tx, planned);
      const clusters = await insertClusters(tx, planned);
      const now = options.now ?? new Date();
      const inserted = {
        organization: isNewOrganization,
        repository: isNewRepository,
        projects,
        clusters,
        snapshots: await insertSnapshots(tx, repositoryId, snapshots, planned, now),
      };
      if (Object.values(inserted).some(Boolean)) {
        const details = { repositoryId, projects, clusters, snapshots: inserted.snapshots };
        await recordActivity(tx, { organizationId, type: "REPOSITORY_ADOPTED", actor: SYSTEM, details });
      }
      return inserted;
    },
    { timeout: INSERT_TIMEOUT_MS },
  );
}
