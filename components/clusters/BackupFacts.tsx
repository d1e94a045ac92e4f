import { formatBytes, sizeParts } from "@/components/format/bytes";
import { plural } from "@/components/format/numbers";
import { ExactTime } from "@/components/ui/ExactTime";
import { Facts } from "@/components/ui/Facts";
import { RelativeTime } from "@/components/ui/RelativeTime";
import type { ClusterDetail } from "@/server/domain/clusters/schema";
import type { StoragePlace } from "@/server/domain/storage/schema";
import { placeName } from "./health";

/** What can be gone back to, and how sure that is. */
export function BackupFacts({ cluster, next }: { cluster: ClusterDetail; next: StoragePlace | null }) {
  const { lastSnapshot, lastProven, lastVerifiedAt, stored } = cluster;
  const size = sizeParts(stored.storedBytes);
  return (
    <Facts
      facts={[
        {
          label: "Last snapshot",
          value: lastSnapshot ? <RelativeTime at={lastSnapshot.at} /> : "None yet",
          note: lastSnapshot ? (
            <>
              <ExactTime at={lastSnapshot.at} /> UTC{lastSnapshot.consistent ? "" : ", not consistent"}
            </>
          ) : (
            "Take the first one"
          ),
        },
        {
          label: "Last proven restore",
          value: lastProven ? <RelativeTime at={lastProven.at} /> : "Never",
          note: lastProven
            ? `Equal roots${lastProven.by ? `, by ${lastProven.by}` : ""}`
            : "No restore was read back yet",
        },
        {
          label: "Last verified",
          value: lastVerifiedAt ? <RelativeTime at={lastVerifiedAt} /> : "Never",
          note: "Every hash read back from storage",
        },
        {
          label: "Stored",
          value: size.value,
          unit: `${size.unit} for ${plural(cluster.snapshotCount, "snapshot")}`,
          note: `${formatBytes(stored.fullCopyBytes)} if each were a full copy`,
        },
        ...(next ? [{ label: "Next goes to", value: next.name, note: `For ${placeName(cluster)}` }] : []),
      ]}
    />
  );
}
