import type { MongoClient } from "mongodb";
import { systemClock, type Clock } from "@/server/platform/clock";
import type { Repository, SnapshotCatalogue, SnapshotManifest } from "../repository";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { assertNotAborted } from "./abort";
import { toUnreachable } from "./connection-errors";
import { Damage, isDamage } from "./damage";
import { chooseMoment } from "./choose-moment";
import { isMomentLost, type Moment } from "./moment";
import { withTakeBack, type Progress } from "./progress";
import { estimateSizes } from "./sizes";
import { storeCollections, type StoredCollections } from "./store-collections";
import type { OnSnapshotPoint } from "./points";
import { CollectionGone } from "./collection-gone";
import { hasSessions } from "./raw-cursor";

/**
 * Takes a snapshot: every user collection of the deployment, read at one moment where the server can, into the
 * repository.
 *
 *   catalogue, moment, catalogue again   equal: it is the catalogue of that moment
 *   collections, several at once         raw batches -> checked -> compared with the older snapshot -> what differs
 *                                        to the repository writer
 *   merges that are due                  from what is stored
 *   flush                                every node durable and indexed
 *   count and look again                 the trees hold what was received
 *   manifest                             last; without it nothing of this exists
 *
 * Memory is bounded by SOURCE_BYTES_IN_FLIGHT and what the writer holds. A crash leaves nodes that nobody refers to.
 */
export interface TakeSnapshot {
  client: MongoClient;
  repository: Repository;
  snapshot: { id: string; clusterId: string; clusterName: string; tier: string };
  facts: {
    version: string;
    fcv: string;
    fcvPinned: boolean;
    setName: string | null;
    supports: { snapshotReads: boolean };
  };
  /** Manifest of an older snapshot of the same cluster: what is equal there is not stored again. */
  basedOn?: string;
  /** Rows that an installation without its database rebuilds from the manifest. */
  catalogue?: CatalogueFacts;
  /** Throws when the work is no longer the caller's: asked before and after the manifest is stored. */
  assertHeld?: () => Promise<void>;
  signal: AbortSignal;
  progress: Progress;
  clock?: Clock;
  onPoint?: OnSnapshotPoint;
}

/** All but what only the taking itself finds out. */
export interface CatalogueFacts extends Omit<SnapshotCatalogue, "snapshot"> {
  snapshot: Omit<SnapshotCatalogue["snapshot"], "storedBytes">;
}

export interface SnapshotResult {
  manifestId: string;
  documents: number;
  collections: number;
  bytes: number;
  /** What this snapshot added to the repository, merges included. */
  storedBytes: number;
  /** The part of it that merged older deltas or made new bases of them, which nothing that changed now asked for. */
  mergedBytes: number;
  clusterTime: { seconds: number; increment: number } | null;
  consistent: boolean;
  inconsistentReason?: string;
}

/** Moments that may be lost before plain reads are good enough. */
const MOMENT_TRIES = 2;
/** Tries that collections may spoil by being renamed, dropped or replaced while they are read. */
const SOURCE_TRIES = 3;
/** Why an older snapshot may be of no use, without anything being wrong with this one. */
const UNUSABLE = ["MANIFEST_NOT_FOUND", "MANIFEST_CORRUPT", "REPOSITORY_FORMAT_UNKNOWN"] as const;

/**
 * Runs the steps `connect`, `read`, `store`, `verify-written` and `finish`. Throws RUN_CANCELLED or the signal's own reason,
 * SNAPSHOT_SOURCE_CHANGED, CLUSTER_UNREACHABLE, BSON_INVALID, or what the repository and the driver throw; nothing is listed then.
 */
export async function takeSnapshot(options: TakeSnapshot): Promise<SnapshotResult> {
  const { facts } = options;
  let plainReason = facts.supports.snapshotReads
    ? "The server has no sessions."
    : `The server (${facts.version}${facts.setName === null ? ", not a replica set" : ""}) cannot read at one moment.`;
  const damage = new Damage();
  const previous = await readPrevious(options, damage);
  const progress = withTakeBack(options.progress);
  const spoiled = { moment: 0, source: 0 };
  for (;;) {
    const snapshotReads = facts.supports.snapshotReads && spoiled.moment < MOMENT_TRIES;
    const leavesOutDropped = spoiled.source === SOURCE_TRIES - 1;
    const mode = { snapshotReads, leavesOutDropped, plainReason, previous, damage };
    try {
      return await attempt({ ...options, progress }, mode);
    } catch (error) {
      if (snapshotReads && isMomentLost(error)) {
        spoiled.moment += 1;
        plainReason = "The server forgot the moment while it was being read.";
        progress.log("read", `The moment was lost (${error.message}); reading starts over.`);
      } else if (error instanceof CollectionGone && ++spoiled.source < SOURCE_TRIES) {
        progress.log("read", `The source changed (${error.message}); reading starts over.`);
      } else if (isDamage(error) && previous !== null && !damage.isFound) {
        damage.note(error, null);
        progress.log("read", `The older snapshot is damaged (${error.message}); all is read and stored anew.`);
      } else throw toUnreachable(error, "source");
      assertNotAborted(options.signal);
      progress.takeBack();
    }
  }
}

/**
 * The older snapshot, or null: without one everything is stored that the repository does not have. Leaves that are equal to those of an
 * older one are not looked at, so one of which anything is known to be gone is of no use.
 */
async function readPrevious(options: TakeSnapshot, damage: Damage): Promise<SnapshotManifest | null> {
  const { basedOn, repository, progress } = options;
  if (basedOn === undefined) return null;
  try {
    const manifest = await repository.readManifest(basedOn);
    await repository.assertNothingGone(manifest);
    return manifest;
  } catch (error) {
    if (isDamage(error)) damage.note(error, null);
    else if (!UNUSABLE.some((code) => isDomainError(error, code))) throw error;
    progress.log("connect", `The older snapshot cannot be compared with (${(error as Error).message}).`);
    return null;
  }
}

async function attempt(
  options: TakeSnapshot,
  mode: {
    snapshotReads: boolean;
    leavesOutDropped: boolean;
    plainReason: string;
    previous: SnapshotManifest | null;
    damage: Damage;
  },
): Promise<SnapshotResult> {
  const { client, repository, signal, progress } = options;
  const { damage } = mode;
  const previous = damage.isFound ? null : mode.previous;
  const point = async (name: Parameters<OnSnapshotPoint>[0]): Promise<void> => {
    assertNotAborted(signal);
    await options.onPoint?.(name);
  };
  const sessions = await hasSessions(client);
  const writer = repository.writer();
  damage.tell(writer);
  await progress.step("connect", "Reading the catalogue");
  const {
    moment,
    catalogue,
    reasons: leftOut,
    release,
  } = await chooseMoment(client, { hasSessions: sessions, ...mode, signal });
  if (moment.kind === "plain" && mode.snapshotReads) progress.log("connect", moment.reason);
  for (const reason of leftOut) progress.log("connect", reason);
  let stored: StoredCollections;
  try {
    await point("catalogue-read");
    await progress.step("read", describeMoment(moment));
    const sizes = await estimateSizes(client, catalogue, progress);
    const read = (older: SnapshotManifest | null): Promise<StoredCollections> =>
      storeCollections({
        ...{ client, repository, writer, catalogue, previous: older, damage, sizes, moment, signal, progress },
        hasSessions: sessions,
        leavesOutDropped: mode.leavesOutDropped,
        serverMajor: Number.parseInt(options.facts.version, 10),
        onBatch: () => point("batch-read"),
      });
    stored = await read(previous);
    if (previous !== null && damage.isFound) {
      progress.log("read", "What is damaged may be needed by other collections as well; storing all of them anew.");
      stored = await read(null);
    }
  } finally {
    await release();
  }
  await point("collections-read");

  await progress.step("store", "Waiting until every node is stored");
  const { storedBytes } = await writer.flush();
  await point("flushed");

  await progress.step("verify-written", "Looking at what was written");
  await stored.verify(repository.reader(), signal);
  await point("verified");

  const reasons = [...(moment.kind === "plain" ? [moment.reason] : []), ...leftOut, ...stored.reasons];
  const manifest = toManifest(options, moment, { ...stored, reasons, storedBytes });
  await progress.step("finish", "Writing the manifest");
  const manifestId = await repository.writeManifest(manifest, {
    ...(previous !== null && !damage.isFound && options.basedOn !== undefined ? { basedOn: options.basedOn } : {}),
    ...(options.assertHeld ? { assertHeld: options.assertHeld } : {}),
  });
  await options.onPoint?.("manifest-written");
  return {
    manifestId,
    documents: sum(stored.collections, "documents"),
    collections: stored.collections.length,
    bytes: sum(stored.collections, "bytes"),
    storedBytes,
    mergedBytes: stored.mergedBytes,
    clusterTime: clusterTimeOf(moment),
    consistent: manifest.consistent,
    ...(manifest.inconsistentReason === undefined ? {} : { inconsistentReason: manifest.inconsistentReason }),
  };
}

function describeMoment(moment: Moment): string {
  return moment.kind === "snapshot" ? "Reading at one moment" : "Reading without one moment";
}

function clusterTimeOf(moment: Moment): { seconds: number; increment: number } | null {
  return moment.kind === "snapshot" ? { seconds: moment.seconds, increment: moment.increment } : null;
}

function sum<Name extends "documents" | "bytes">(list: Array<Record<Name, number>>, name: Name): number {
  return list.reduce((total, item) => total + item[name], 0);
}

function toManifest(
  { snapshot, facts, catalogue, clock = systemClock }: TakeSnapshot,
  moment: Moment,
  stored: Pick<StoredCollections, "collections" | "reasons"> & { storedBytes: number },
): SnapshotManifest {
  const { collections, reasons, storedBytes } = stored;
  return {
    formatVersion: 1,
    snapshotId: snapshot.id,
    createdAt: clock.now().toISOString(),
    consistent: reasons.length === 0,
    ...(reasons.length === 0 ? {} : { inconsistentReason: reasons.join(" ") }),
    source: {
      clusterId: snapshot.clusterId,
      clusterName: snapshot.clusterName,
      mongoDBVersion: facts.version,
      fcv: facts.fcv,
      fcvPinned: facts.fcvPinned,
      tier: snapshot.tier,
      replicaSetName: facts.setName,
    },
    members: [{ name: facts.setName ?? "standalone", clusterTime: clusterTimeOf(moment), collections }],
    ...(catalogue && { catalogue: { ...catalogue, snapshot: { ...catalogue.snapshot, storedBytes } } }),
  };
}
