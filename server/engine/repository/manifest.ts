import type { Layers } from "../tree";

/** A cluster at one moment: what a manifest object holds, and all that a restore needs beside the nodes. */
export interface SnapshotManifest {
  formatVersion: 1;
  snapshotId: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  consistent: boolean;
  inconsistentReason?: string;
  source: SnapshotSource;
  members: MemberManifest[];
  /** What an empty installation needs to list the snapshot again. Absent in manifests from before it was kept. */
  catalogue?: SnapshotCatalogue;
}

/** The rows round a snapshot, as they were when it was taken. */
export interface SnapshotCatalogue {
  organization: { id: string; name: string };
  project: { id: string; name: string };
  cluster: {
    id: string;
    name: string;
    tier: string;
    cloudProvider: string;
    region: string;
    deploymentKind: "EMBEDDED" | "EXTERNAL";
    /** Where an embedded one listens, so that it keeps its address. */
    embeddedPort?: number;
  };
  snapshot: {
    id: string;
    kind: "ON_DEMAND" | "HOURLY" | "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY" | "FALLBACK";
    description: string | null;
    retentionDays: number;
    /** When it was asked for; ISO 8601, UTC. */
    createdAt: string;
    expiresAt: string | null;
    requestedByName: string | null;
    /** What it added to the repository, in bytes. */
    storedBytes: number;
  };
}

export interface SnapshotSource {
  clusterId: string;
  clusterName: string;
  mongoDBVersion: string;
  fcv: string;
  fcvPinned: boolean;
  tier: string;
  replicaSetName: string | null;
}

/** One replica set: the only one, or a shard. */
export interface MemberManifest {
  name: string;
  /** The moment the member's collections are true for; null where the source has no oplog. */
  clusterTime: { seconds: number; increment: number } | null;
  collections: CollectionManifest[];
}

export interface CollectionManifest {
  database: string;
  name: string;
  type: "collection" | "view" | "timeseries";
  uuid: string | null;
  /** Canonical Extended JSON v2 of the options in listCollections. */
  options: string;
  /** Each a spec in canonical Extended JSON v2; the order of keys is kept. */
  indexes: string[];
  idIndex: string | null;
  /** `ordinal`: insertion order, for capped collections. */
  keying: "id" | "ordinal";
  /** Null for views. */
  layers: Layers | null;
  /** Where there are deltas: the canonical root of the merged documents in hex, null for none. Absent in older manifests. */
  root?: string | null;
  documents: number;
  bytes: number;
}
