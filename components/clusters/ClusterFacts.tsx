import { formatBytes, sizeParts } from "@/components/format/bytes";
import { formatCount, plural } from "@/components/format/numbers";
import { Facts } from "@/components/ui/Facts";
import { RelativeTime } from "@/components/ui/RelativeTime";
import type { ClusterDetail } from "@/server/domain/clusters/schema";
import { placeName, tierName } from "./health";

export function ClusterFacts({ cluster }: { cluster: ClusterDetail }) {
  const data = cluster.dataBytes === null ? null : sizeParts(cluster.dataBytes);
  return (
    <Facts
      facts={[
        { label: "Tier", value: tierName(cluster.tier), note: placeName(cluster) },
        { label: "MongoDB", value: cluster.mongoDBVersion, note: fcvNote(cluster) },
        {
          label: "Data",
          value: data ? data.value : "Not known",
          unit: data?.unit,
          note: cluster.documents === null ? undefined : `${formatCount(cluster.documents)} documents`,
        },
        {
          label: "Last snapshot",
          value: cluster.lastSnapshot ? <RelativeTime at={cluster.lastSnapshot.at} /> : "None",
          note: cluster.backupEnabled
            ? `${plural(cluster.snapshotCount, "snapshot")}, ${formatBytes(cluster.stored.storedBytes)} stored`
            : `${tierName(cluster.tier)} has no backups here`,
        },
        {
          label: "Answers",
          value: cluster.reachable === null ? "Not looked yet" : cluster.reachable ? "Yes" : "No",
          note: cluster.observedAt ? (
            <>
              looked <RelativeTime at={cluster.observedAt} />
            </>
          ) : undefined,
        },
      ]}
    />
  );
}

function fcvNote(cluster: ClusterDetail): string {
  if (!cluster.fcvPinned) return `Feature compatibility ${cluster.fcv}, not pinned`;
  const until = cluster.fcvPinnedUntil ? ` until ${cluster.fcvPinnedUntil.toISOString().slice(0, 10)}` : "";
  return `Feature compatibility ${cluster.fcv}, pinned${until}`;
}
