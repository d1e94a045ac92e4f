import { surveyPacks, type DamagedPack } from "./pack-survey";
import type { LocalNodeIndex } from "./local-node-index";
import type { PackRecord } from "./node-index";
import type { Repository } from "../repository";

/** Recorded in one step; some megabytes. */
const BATCH_NODES = 20_000;

/** What a refresh found and did. */
export interface IndexRefresh {
  packs: number;
  /** Packs whose list was read: new ones, or all. */
  read: number;
  forgotten: number;
  damaged: DamagedPack[];
}

export interface RefreshOptions {
  signal: AbortSignal;
  /** Read the lists of known packs, too. */
  reread?: boolean;
  /** Keep the places in packs that are gone, so that a check can name the pack of what is missing. */
  keepGone?: boolean;
  onProgress?: (packs: number) => void;
}

/**
 * Makes a local index say what the packs in the storage say: reads the lists of packs it has not seen (of all with
 * `reread`) and forgets packs that are gone. A known pack whose list has become unreadable keeps its places, because its
 * nodes may still be whole. Throws STORAGE_UNAVAILABLE and the signal's reason; what was done stays.
 */
export async function refreshLocalIndex(
  repository: Repository,
  index: LocalNodeIndex,
  options: RefreshOptions,
): Promise<IndexRefresh> {
  const known = index.knownPacks();
  const gone = new Set(known.keys());
  const result: IndexRefresh = { packs: 0, read: 0, forgotten: 0, damaged: [] };
  const batch: PackRecord[] = [];
  let batchNodes = 0;
  const keep = (packId: string, bytes: number) => options.reread !== true && known.get(packId) === bytes;
  for await (const finding of surveyPacks(repository, { signal: options.signal, keep })) {
    result.packs += 1;
    if (finding.kind === "damaged") {
      gone.delete(finding.pack.packId);
      result.damaged.push(finding.pack);
    } else if (finding.kind === "listed") {
      gone.delete(finding.pack.packId.toString("hex"));
      batch.push(finding.pack);
      batchNodes += finding.pack.nodes.length;
      result.read += 1;
      if (batchNodes >= BATCH_NODES) {
        await index.recordAll(batch.splice(0));
        batchNodes = 0;
      }
    } else gone.delete(finding.packId.toString("hex"));
    options.onProgress?.(result.packs);
  }
  await index.recordAll(batch);
  if (options.keepGone !== true) {
    for (const packId of gone) await index.forget(Buffer.from(packId, "hex"));
    result.forgotten = gone.size;
  }
  await index.flush();
  return result;
}
