import type { Repository } from "../repository";
import { FoundPacks, presenceIn } from "./found-packs";
import { surveyPacks, type DamagedPack } from "./pack-survey";

/** What rebuilding the index found. */
export interface IndexRebuild {
  packs: number;
  nodes: number;
  /** Packs whose own list cannot be read: their nodes stay unknown. */
  damagedPacks: DamagedPack[];
}

/**
 * Records every pack's own list of nodes in the repository's index, which may be empty, hold them already, come from
 * before, or from after: packs that it has as removed are back in a storage that was restored. Throws STORAGE_UNAVAILABLE, what the index throws, and the signal's reason.
 */
export async function rebuildIndex(
  repository: Repository,
  options: { signal?: AbortSignal; onProgress?: (packs: number, nodes: number) => void } = {},
): Promise<IndexRebuild> {
  const result: IndexRebuild = { packs: 0, nodes: 0, damagedPacks: [] };
  const found = new FoundPacks(repository.index, presenceIn(repository.store));
  for await (const finding of surveyPacks(repository, options)) {
    if (finding.kind === "damaged") result.damagedPacks.push(finding.pack);
    if (finding.kind !== "listed") continue;
    await found.record(finding.pack);
    result.packs += 1;
    result.nodes += finding.pack.nodes.length;
    options.onProgress?.(result.packs, result.nodes);
  }
  return result;
}
