import type { CollectionManifest, SnapshotManifest } from "../repository";
import type { Layers } from "../tree";
import type { CatalogueEntry } from "./catalogue";

/** What an older snapshot holds of a collection. */
export interface PreviousCollection {
  layers: Layers;
  documents: number;
}

/** Finds a collection in an older snapshot: by its UUID (it may have been renamed), else by its name. */
export class PreviousLayers {
  readonly #byUuid = new Map<string, CollectionManifest>();
  readonly #byName = new Map<string, CollectionManifest>();

  constructor(manifest: SnapshotManifest | null) {
    const [member, ...others] = manifest?.members ?? [];
    if (!member || others.length > 0) return;
    for (const collection of member.collections) {
      this.#byName.set(`${collection.database}.${collection.name}`, collection);
      if (collection.uuid !== null) this.#byUuid.set(collection.uuid, collection);
    }
  }

  /** Null where there is nothing to compare with: no such collection, a view, or keys of another kind. */
  find({ database, name, uuid, capped, storage }: CatalogueEntry): PreviousCollection | null {
    if (storage === null) return null;
    const keying = capped ? "ordinal" : "id";
    const found = [uuid === null ? undefined : this.#byUuid.get(uuid), this.#byName.get(`${database}.${name}`)].find(
      (one) => one !== undefined && one.layers !== null && one.keying === keying,
    );
    return found ? { layers: found.layers!, documents: found.documents } : null;
  }
}
