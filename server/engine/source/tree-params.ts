import type { CollectionManifest, Repository } from "../repository";
import type { TreeParams } from "../tree";

/** Collections keyed by `_id` keep no second copy of the key; positions of capped ones lie beside the documents. */
export function treeParams(repository: Repository, keying: CollectionManifest["keying"]): TreeParams {
  return { ...repository.shape, keys: keying === "id" ? "fromId" : "stored" };
}
