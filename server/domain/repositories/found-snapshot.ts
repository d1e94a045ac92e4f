import type { SnapshotCatalogue, SnapshotManifest } from "@/server/engine/repository";

/** What rows keep of a manifest; the lists of collections may be large and are let go. */
export interface FoundSnapshot extends Pick<SnapshotManifest, "createdAt" | "consistent" | "source"> {
  manifestId: string;
  snapshotId: string;
  inconsistentReason: string | null;
  clusterTime: { seconds: number; increment: number } | null;
  documents: number;
  collections: number;
  bytes: number;
  /** Null in manifests from before it was kept. */
  catalogue: SnapshotCatalogue | null;
}

export function isNewer(a: FoundSnapshot, b: FoundSnapshot): boolean {
  return a.createdAt === b.createdAt ? a.manifestId > b.manifestId : a.createdAt > b.createdAt;
}

export function summarizeManifest(manifestId: string, manifest: SnapshotManifest): FoundSnapshot {
  const collections = manifest.members.flatMap((member) => member.collections);
  const sum = (name: "documents" | "bytes") => collections.reduce((total, one) => total + one[name], 0);
  const { snapshotId, createdAt, consistent, source } = manifest;
  return {
    ...{ manifestId, snapshotId, createdAt, consistent, source },
    inconsistentReason: manifest.inconsistentReason ?? null,
    clusterTime: manifest.members[0]?.clusterTime ?? null,
    documents: sum("documents"),
    collections: collections.length,
    bytes: sum("bytes"),
    catalogue: manifest.catalogue ?? null,
  };
}

/** What the row of a completed snapshot says of its content. */
export function contentColumns(found: FoundSnapshot) {
  const { manifestId, source, clusterTime, consistent, inconsistentReason, catalogue } = found;
  return {
    manifestId,
    finishedAt: new Date(found.createdAt),
    mongoDBVersion: source.mongoDBVersion,
    fcv: source.fcv,
    fcvPinned: source.fcvPinned,
    clusterTimeSeconds: clusterTime ? BigInt(clusterTime.seconds) : null,
    clusterTimeIncrement: clusterTime?.increment ?? null,
    consistent,
    inconsistentReason,
    documentCount: BigInt(found.documents),
    collectionCount: found.collections,
    dataBytes: BigInt(found.bytes),
    storedBytes: catalogue ? BigInt(catalogue.snapshot.storedBytes) : null,
  };
}
