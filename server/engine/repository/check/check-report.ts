import { DomainError } from "@/server/platform/errors/domain-error";
import { boundText, type DamagedCollection } from "./damage";
import type { SnapshotManifest } from "../manifest";
import type { NodeFault } from "./node-survey";
import type { DamagedPack } from "../node-index/pack-survey";

/** Of each kind of finding the first ones are told; all of them are counted. */
export const LISTED_MAX = 1000;

/** A snapshot whose manifest cannot be read: nothing of it can be restored. */
export interface DamagedManifest {
  manifestId: string;
  code: string;
  message: string;
}

/** Documents that a damaged node takes along. Ids are relaxed Extended JSON; null where unknown, or at an end. */
export interface AffectedDocuments {
  nodeId: string;
  packId: string | null;
  code: string;
  message: string;
  /** 0 is the base, then deltas from the oldest on. */
  layer: number;
  /** How many last states the damaged part holds. */
  documents: number;
  /** The affected `_id`s lie behind this one … */
  afterId: string | null;
  /** … up to and including this one. */
  lastId: string | null;
}

export interface AffectedCollection {
  namespace: string;
  documents: number;
  /** Of how many in the snapshot. */
  of: number;
  ranges: AffectedDocuments[];
}

export interface AffectedSnapshot {
  manifestId: string;
  snapshotId: string;
  cluster: string;
  project: string | null;
  takenAt: string;
  collections: AffectedCollection[];
}

/** An index that says something else than a pack's own list. */
export interface IndexProblem {
  nodeId: string;
  packId: string;
  message: string;
}

export interface CheckReport {
  ok: boolean;
  readData: boolean;
  packs: number;
  packBytes: number;
  /** In the packs' lists. */
  nodesListed: number;
  snapshots: number;
  /** Looked at: each once, however many snapshots share it. */
  nodes: number;
  /** Content that was read. */
  bytes: number;
  damagedPacks: Array<DamagedPack & { affectedNodes: number }>;
  damagedManifests: DamagedManifest[];
  /** The first ones; `faultCount` is all. */
  faults: NodeFault[];
  faultCount: number;
  /** Damaged copies of nodes that another pack holds whole. Nothing is lost. */
  spare: NodeFault[];
  indexProblems: IndexProblem[];
  indexProblemCount: number;
  affected: AffectedSnapshot[];
}

/** A damaged snapshot with what is affected in it. */
export function describeSnapshot(
  manifestId: string,
  manifest: SnapshotManifest,
  damage: readonly DamagedCollection[],
): AffectedSnapshot {
  return {
    manifestId,
    snapshotId: manifest.snapshotId,
    cluster: manifest.source.clusterName,
    project: manifest.catalogue?.project.name ?? null,
    takenAt: manifest.createdAt,
    collections: damage.map(describeCollection),
  };
}

/** A damaged collection with the ranges of documents that are affected. */
export function describeCollection({ namespace, collection, ranges }: DamagedCollection): AffectedCollection {
  return {
    namespace,
    documents: ranges.reduce((sum, range) => sum + range.documents, 0),
    of: collection.documents,
    ranges: ranges.slice(0, LISTED_MAX).map(({ fault, layer, documents, after, last }) => ({
      ...fault,
      layer,
      documents,
      afterId: boundText(after, collection.keying),
      lastId: boundText(last, collection.keying),
    })),
  };
}

/** A report in which nothing was looked at yet. */
export function emptyReport(readData: boolean): CheckReport {
  return {
    ...{ ok: false, readData, packs: 0, packBytes: 0, nodesListed: 0, snapshots: 0, nodes: 0, bytes: 0 },
    ...{ damagedPacks: [], damagedManifests: [], faults: [], faultCount: 0, spare: [] },
    ...{ indexProblems: [], indexProblemCount: 0, affected: [] },
  };
}

/** Throws NODE_CORRUPT or MANIFEST_CORRUPT naming what is affected, when a snapshot cannot be given back whole. */
export function assertWhole({ affected, damagedManifests }: CheckReport): void {
  const [manifest] = damagedManifests;
  if (manifest)
    throw new DomainError("MANIFEST_CORRUPT", {
      message: manifest.message,
      params: { manifestId: manifest.manifestId },
    });
  const [snapshot] = affected;
  if (!snapshot) return;
  const names = snapshot.collections.map(({ namespace }) => namespace).join(", ");
  throw new DomainError("NODE_CORRUPT", {
    message: `snapshot ${snapshot.manifestId} is damaged in ${names}`,
    params: { manifestId: snapshot.manifestId, collections: names },
  });
}
