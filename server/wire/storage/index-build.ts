import { setImmediate as nextTurn } from "node:timers/promises";
import { commandError } from "../command-error";
import { publishIndexOp } from "./catalog-changes";
import { indexFromSpec, type CollectionEntry } from "./catalog-entry";
import type { ClusterStore } from "./cluster-store";
import type { IndexBuild } from "./index-build-state";
import { afterKey, WHOLE_RANGE } from "./read-view";

const LOOK_EVERY = 16;

/**
 * Builds one index over what is there, a little at a time: others read and write between the steps, and what they write
 * behind the position of the build they also write to its entries (see RecordWriter). Refuses (11000) when unique keys
 * collide, and then nothing happened. The index appears, in the catalogue and the oplog, with one commit at the end.
 */
export async function buildIndex(
  store: ClusterStore,
  entry: CollectionEntry,
  spec: Buffer,
  throwIfKilled: () => void,
): Promise<void> {
  const { builds } = store;
  const build = store.beginBuild(entry, (ident) => indexFromSpec(spec, ident));
  try {
    while (!build.complete) {
      store.buildStep(() => step(store, build));
      if (build.complete) break;
      await nextTurn();
      throwIfKilled();
    }
    if (build.failed) throw build.failed;
    store.commit([publishIndexOp(store, currentEntry(store, build), build.index)], { onError: "abort" });
    builds.end(build);
  } catch (error) {
    builds.end(build);
    store.abandonBuild(build);
    throw error;
  }
}

function currentEntry(store: ClusterStore, build: IndexBuild): CollectionEntry {
  const current = store.collectionByUuid(build.uuid);
  if (!current) throw commandError(276, `Index build failed: collection dropped. UUID ${build.uuid.toString("hex")}`);
  return current;
}

/** Scans or writes until the time is up; inside a transaction of its own. */
function step(store: ClusterStore, build: IndexBuild): void {
  const entry = currentEntry(store, build);
  const until = performance.now() + store.indexBuildStepMs;
  let count = 0;
  const more = (): boolean => ++count % LOOK_EVERY !== 0 || performance.now() < until;
  if (!build.full) {
    const range = build.position ? afterKey(WHOLE_RANGE, build.position, false) : WHOLE_RANGE;
    build.collect(store.latest().records(entry, range, false), more);
  }
  if (build.full && more()) build.write(entry, more);
}
