import type { TreeRoot } from "../tree";
import type { SnapshotManifest } from "./manifest";

/** The roots of all layers of all collections, in the manifest's order. */
export function rootsOf(manifest: SnapshotManifest): TreeRoot[] {
  const layers = manifest.members.flatMap((member) => member.collections.flatMap((one) => one.layers ?? []));
  return layers.flatMap(({ base, deltas }) => [base, ...deltas]);
}

/** Ids in hex of the topmost nodes; empty trees have none. */
export function rootNames(manifest: SnapshotManifest): string[] {
  return rootsOf(manifest).flatMap(({ id }) => (id ? [id.toString("hex")] : []));
}
