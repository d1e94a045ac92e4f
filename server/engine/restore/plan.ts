import { DomainError } from "@/server/platform/errors/domain-error";
import type { CollectionManifest, SnapshotManifest } from "../repository";
import { isUserCollection, isUserDatabase, SYSTEM_JS } from "../source/namespaces";
import { cleanCollectionOptions, cleanIndex, type CleanedCollection, type CleanedIndex } from "./clean-options";
import { canAddExpiryLater, type ServerFacts } from "./server-facts";
import { newAttempt, stagingName } from "./staging-names";

/** One collection of the snapshot on its way into the target. */
export interface PlannedCollection {
  manifest: CollectionManifest;
  namespace: string;
  staging: string;
  cleaned: CleanedCollection;
  indexes: CleanedIndex[];
}

export interface RestorePlan {
  manifest: SnapshotManifest;
  collections: PlannedCollection[];
  views: CollectionManifest[];
  differences: Array<{ namespace: string; what: string }>;
}

/**
 * What a full load will do, under staging names that no other plan has. Throws RESTORE_CHECK_FAILED for what cannot be restored at all (time series, several
 * shards), before anything is touched.
 */
export function planRestore(manifest: SnapshotManifest, runId: string, server: ServerFacts): RestorePlan {
  const [member, ...others] = manifest.members;
  if (!member || others.length > 0)
    throw unsupported("topology", "snapshots of sharded clusters cannot be restored yet");
  const differences: RestorePlan["differences"] = [];
  const collections: PlannedCollection[] = [];
  const views: CollectionManifest[] = [];
  const attempt = newAttempt();
  for (const item of member.collections) {
    const namespace = `${item.database}.${item.name}`;
    if (item.type === "timeseries") throw unsupported("notAtomic", `${namespace} is a time series`);
    if (!isUserDatabase(item.database) || !isUserCollection(item.name)) continue;
    if (item.name === SYSTEM_JS) {
      differences.push({ namespace, what: "server-side functions stay the target's own" });
    } else if (item.type === "view") {
      views.push(item);
    } else {
      collections.push(planCollection(item, stagingName(runId, attempt, collections.length), server));
    }
  }
  for (const { namespace, cleaned, indexes } of collections) {
    for (const what of [...cleaned.differences, ...indexes.flatMap((index) => index.differences)]) {
      differences.push({ namespace, what });
    }
  }
  return { manifest, collections, views, differences };
}

function planCollection(manifest: CollectionManifest, staging: string, server: ServerFacts): PlannedCollection {
  const cleaned = cleanCollectionOptions(manifest.options);
  const collated = cleaned.options.has("collation");
  const indexes = manifest.indexes.map((spec) =>
    cleanIndex(spec, { collated, canAddExpiryLater: canAddExpiryLater(server) }),
  );
  return { manifest, namespace: `${manifest.database}.${manifest.name}`, staging, cleaned, indexes };
}

function unsupported(check: string, message: string): DomainError {
  return new DomainError("RESTORE_CHECK_FAILED", { message, params: { check, fact: message, errorCode: null } });
}
