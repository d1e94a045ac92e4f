import type { MongoClient } from "mongodb";
import { canBlockWrites, reasonNotToBlock } from "@/server/deployments/can-block-writes";
import type { DeploymentFacts } from "@/server/deployments/facts";
import { listTimeSeries } from "@/server/deployments/list-time-series";
import { findMarker } from "@/server/deployments/lock-marker";
import type { SnapshotManifest } from "@/server/engine/repository";
import type { Check, SnapshotToCheck } from "@/server/engine/restore/checks/check";
import { checkRestore } from "@/server/engine/restore/checks/check-restore";

const WHO = { allowed: true, project: "the command line" };

/**
 * The checks of the portal's wizard with what can be known without a portal: who calls has the key and the connection
 * string, so nobody is asked for roles; the target's tier counts as the snapshot's; the rest is the server's own word.
 */
export async function checkTarget(
  client: MongoClient,
  facts: DeploymentFacts,
  { manifest, name, runId }: { manifest: SnapshotManifest; name: string; runId: string },
): Promise<Check[]> {
  const marker = await findMarker(client).catch(() => null);
  const own = marker?.runId === runId;
  return checkRestore({
    caller: { source: WHO, target: WHO },
    snapshot: describeSnapshot(manifest),
    target: {
      name,
      state: "idle",
      tier: manifest.source.tier,
      version: facts.version,
      fcv: facts.fcv.version,
      fcvTargetVersion: facts.fcv.targetVersion,
      topology: { kind: facts.topology },
      encryption: "none",
      storage: facts.storage,
      // A marker without a heartbeat is an abandoned restore's; taking the lock decides by its age.
      restoreRunning: false,
      writeBlock: facts.userWriteBlock === "on" ? (own ? "ours" : "notOurs") : facts.userWriteBlock,
      canBlockWrites: canBlockWrites(facts),
      cannotBlockReason: reasonNotToBlock(facts),
      missingPrivileges: facts.privileges.write ? [] : facts.privileges.missing,
      usersWhoBypass: facts.usersWhoBypass.map((user) => `${user.user}@${user.database}`),
      bypassKnown: facts.bypassKnown,
      timeSeries: await listTimeSeries(client),
    },
  });
}

function describeSnapshot(manifest: SnapshotManifest): SnapshotToCheck {
  const { source } = manifest;
  const collections = manifest.members.flatMap((member) => member.collections);
  const names = (type: "view" | "timeseries") =>
    collections.filter((one) => one.type === type).map((one) => `${one.database}.${one.name}`);
  return {
    state: "completed",
    version: source.mongoDBVersion,
    fcv: source.fcv,
    fcvPinned: source.fcvPinned,
    tier: source.tier,
    topology:
      manifest.members.length > 1 ? { kind: "sharded", shards: manifest.members.length } : { kind: "replicaSet" },
    consistent: manifest.consistent,
    inconsistentReason: manifest.inconsistentReason ?? null,
    dataBytes: collections.reduce((sum, { bytes }) => sum + bytes, 0),
    encryption: "none",
    views: names("view"),
    timeSeries: names("timeseries"),
  };
}
