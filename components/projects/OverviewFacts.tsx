import { formatBytes, sizeParts } from "@/components/format/bytes";
import { plural } from "@/components/format/numbers";
import { ExactTime } from "@/components/ui/ExactTime";
import { Facts } from "@/components/ui/Facts";
import { RelativeTime } from "@/components/ui/RelativeTime";
import type { ProjectOverview } from "@/server/domain/projects/schema";
import { withoutBackupsNote } from "./verdict";

export function OverviewFacts({ overview }: { overview: ProjectOverview }) {
  const { verdict, stored, newestSnapshotAt } = overview;
  const size = sizeParts(stored.storedBytes);
  return (
    <Facts
      facts={[
        {
          label: "Can be restored now",
          value: `${verdict.restorable} of ${verdict.clusters}`,
          note: withoutBackupsNote(verdict.withoutBackups),
        },
        {
          label: "Proven in the last 7 days",
          value: `${verdict.provenLast7Days} of ${verdict.withBackups}`,
          note: "A restore read back with equal roots",
        },
        {
          label: "Newest snapshot",
          value: newestSnapshotAt ? <RelativeTime at={newestSnapshotAt} /> : "None yet",
          note: newestSnapshotAt ? (
            <>
              <ExactTime at={newestSnapshotAt} /> UTC
            </>
          ) : (
            "Take the first one"
          ),
        },
        {
          label: "Stored",
          value: size.value,
          unit: `${size.unit} for ${plural(stored.snapshots, "snapshot")}`,
          note: `${formatBytes(stored.fullCopyBytes)} as full copies`,
        },
      ]}
    />
  );
}
