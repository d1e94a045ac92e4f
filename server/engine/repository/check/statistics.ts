import type { LocalNodeIndex } from "../node-index/local-node-index";
import { rootsOf } from "../manifest-roots";
import { NodeSurvey } from "./node-survey";
import type { Repository } from "../repository";

/** What a repository holds, and what of it no snapshot needs. Bytes. */
export interface RepositoryStatistics {
  snapshots: number;
  /** Manifests that cannot be read; what only they need counts as unreferenced. */
  unreadableSnapshots: number;
  packs: number;
  /** Of all packs, as they lie in the storage. */
  storedBytes: number;
  nodes: number;
  /** Documents of all snapshots, each snapshot counted whole. */
  logicalBytes: number;
  logicalDocuments: number;
  unreferencedNodes: number;
  /** Stored bytes of nodes that no snapshot needs. Collection of garbage frees them, in time. */
  unreferencedBytes: number;
  unreferencedShare: number;
  /** Logical bytes for each stored one, from sharing and compression together; null for an empty repository. */
  dedupRatio: number | null;
}

/**
 * Counts a repository whose packs the index knows. Inner nodes of every tree are read once, leaves are looked up. Throws
 * STORAGE_UNAVAILABLE and the signal's reason.
 */
export async function countRepository(
  repository: Repository,
  index: LocalNodeIndex,
  options: { signal: AbortSignal; onProgress?: (snapshots: number) => void },
): Promise<RepositoryStatistics> {
  const packs = index.knownPacks();
  const storedBytes = [...packs.values()].reduce((sum, bytes) => sum + bytes, 0);
  const sums = { snapshots: 0, unreadableSnapshots: 0, logicalBytes: 0, logicalDocuments: 0 };
  const ignore = () => undefined;
  const survey = new NodeSurvey(repository, { ...options, readData: false, packs, onNode: ignore, onSpare: ignore });
  for await (const manifestId of repository.listManifests()) {
    const manifest = await repository.readManifest(manifestId).catch(() => null);
    if (!manifest) {
      sums.unreadableSnapshots += 1;
      continue;
    }
    sums.snapshots += 1;
    for (const { bytes, documents } of manifest.members.flatMap(({ collections }) => collections)) {
      sums.logicalBytes += bytes;
      sums.logicalDocuments += documents;
    }
    for (const root of rootsOf(manifest)) await survey.visit(root);
    options.onProgress?.(sums.snapshots);
  }
  return {
    ...sums,
    packs: packs.size,
    storedBytes,
    ...countNodes(index, survey, storedBytes),
    dedupRatio: storedBytes > 0 ? sums.logicalBytes / storedBytes : null,
  };
}

function countNodes(index: LocalNodeIndex, survey: NodeSurvey, storedBytes: number) {
  const counts = { nodes: 0, unreferencedNodes: 0, unreferencedBytes: 0 };
  for (const { nodeId, place } of index.places()) {
    counts.nodes += 1;
    if (survey.has(nodeId)) continue;
    counts.unreferencedNodes += 1;
    counts.unreferencedBytes += place.storedBytes;
  }
  return { ...counts, unreferencedShare: storedBytes > 0 ? counts.unreferencedBytes / storedBytes : 0 };
}
