/** The document tree, section by section; see types.ts for its nouns. */
export { apply, join } from "./apply";
export { buildTree, TreeBuilder } from "./builder";
export { diff, type Difference } from "./diff";
export {
  applyToLayers,
  canonicalRoot,
  documentBatches,
  EMPTY_LAYERS,
  getFromLayers,
  mergeNewest,
  needsMerge,
  needsNewBase,
  writeBaseThrough,
  writeNewBase,
  type DocumentEntry,
} from "./layers";
export { get, range, rangeBatches, type KeyBounds, type ReadOptions } from "./read";
export { splitPoints } from "./split-points";
export { scanLayers, type ScanResult } from "./scan";
export {
  DEFAULT_TREE_SHAPE,
  EMPTY_ROOT,
  type Edit,
  type Entry,
  type Layers,
  type NodeReader,
  type NodeWriter,
  type TreeParams,
  type TreeRoot,
  type TreeShape,
} from "./types";
