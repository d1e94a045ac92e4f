import { fail, pass, type Check, type SnapshotToCheck, type TargetToCheck, type Topology } from "./check";
import { isTenant } from "./tier";
import { parseRelease } from "./version";

const TITLE = "Topology";
const MANAGED_CONFIG_SHARDS_MAX = 3;

function describe(topology: Topology): string {
  if (topology.kind === "sharded") return `sharded, ${topology.shards ?? "?"} shards`;
  return topology.kind === "replicaSet" ? "replica set" : "standalone";
}

/** Sharded only to sharded with as many shards and the same kind of config server; a standalone counts as a replica set. */
export function checkTopology(snapshot: SnapshotToCheck, target: TargetToCheck): Check {
  const from = snapshot.topology;
  const to = target.topology;
  const path = `${describe(from)} to ${describe(to)}`;
  if (snapshot.isShardPart) {
    return fail(
      "topology",
      TITLE,
      "This is the snapshot of one shard, not of a cluster.",
      "AUTOMATED_RESTORE_OF_SHARD_NOT_ALLOWED",
    );
  }
  const tenantCode = isTenant(snapshot.tier) ? "TENANT_RESTORE_INCOMPATIBLE_TOPOLOGY" : null;
  if ((from.kind === "sharded") !== (to.kind === "sharded")) {
    return fail("topology", TITLE, `${path}: a sharded cluster can only be restored to a sharded one.`, tenantCode);
  }
  if (from.kind !== "sharded") return pass("topology", TITLE, `${path}.`);
  if (from.shards !== to.shards) return fail("topology", TITLE, `${path}: the number of shards must be equal.`);
  if (needsManagedConfigOff(snapshot, target)) {
    return fail("topology", TITLE, `${path}: first turn off managed config servers on the target.`);
  }
  if (from.configServer !== to.configServer) {
    return fail(
      "topology",
      TITLE,
      `${path}: the config servers differ (${from.configServer ?? "unknown"}, ${to.configServer ?? "unknown"}).`,
    );
  }
  return pass("topology", TITLE, `${path}.`);
}

/** From 7.0 to 8.0 with few shards, a target that embeds its config servers by itself would change under the restore. */
function needsManagedConfigOff(snapshot: SnapshotToCheck, target: TargetToCheck): boolean {
  const few = (topology: Topology): boolean => (topology.shards ?? 0) <= MANAGED_CONFIG_SHARDS_MAX;
  return (
    parseRelease(snapshot.version)?.major === 7 &&
    parseRelease(target.version)?.major === 8 &&
    few(snapshot.topology) &&
    few(target.topology) &&
    target.topology.configServer === "embedded" &&
    target.topology.managedConfigServers !== false
  );
}
