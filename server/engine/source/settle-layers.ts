import { DomainError } from "@/server/platform/errors/domain-error";
import type { RepositoryWriter } from "../repository";
import {
  mergeNewest,
  needsMerge,
  needsNewBase,
  writeBaseThrough,
  writeNewBase,
  type Layers,
  type NodeReader,
  type ScanResult,
  type TreeParams,
} from "../tree";

/** True when stored nodes have to be read and written again before the scan's layers are as they should be. */
export function needsSettling({ layers, cut }: ScanResult): boolean {
  return cut !== null ? cut.comparedTo !== null : needsMerge(layers) || needsNewBase(layers);
}

/**
 * The layers that a scan leads to, with the merges and the new base that are due. Reads stored nodes only, never the
 * source. What the scan wrote must be flushed; what this writes need not be when it resolves. Throws NODE_MISSING, NODE_CORRUPT.
 */
export async function settleLayers(
  reader: NodeReader,
  writer: RepositoryWriter,
  params: TreeParams,
  { canonical, layers, cut }: ScanResult,
): Promise<Layers> {
  if (cut !== null) {
    if (cut.comparedTo !== null) await writeBaseThrough(reader, writer, params, layers, cut.comparedTo);
    return { base: canonical, deltas: [] };
  }
  let settled = layers;
  while (needsMerge(settled)) {
    settled = await mergeNewest(reader, writer, params, settled);
    await writer.flush();
  }
  if (!needsNewBase(settled)) return settled;
  settled = await writeNewBase(reader, writer, params, settled);
  const { base } = settled;
  const isEqual = base.id === null ? canonical.id === null : canonical.id?.equals(base.id) === true;
  if (!isEqual) throw new DomainError("INTERNAL", { message: "a new base differs from what was read" });
  return settled;
}
