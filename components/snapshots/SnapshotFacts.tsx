import { formatBytes, sizeParts } from "@/components/format/bytes";
import { formatCount, plural } from "@/components/format/numbers";
import { utcLong } from "@/components/format/times";
import { Facts } from "@/components/ui/Facts";
import { RelativeTime } from "@/components/ui/RelativeTime";
import type { SnapshotDetail } from "@/server/domain/snapshots/schema";
import { Proof } from "./Proof";

export function SnapshotFacts({ snapshot }: { snapshot: SnapshotDetail }) {
  const size = snapshot.dataBytes === null ? null : sizeParts(snapshot.dataBytes);
  return (
    <Facts
      facts={[
        {
          label: "Taken",
          value: <RelativeTime at={snapshot.createdAt} />,
          note: snapshot.dataAt ? `True for ${utcLong(snapshot.dataAt)}` : utcLong(snapshot.createdAt),
        },
        {
          label: "Data",
          value: size ? size.value : "Not known yet",
          unit: size?.unit,
          note:
            snapshot.documents === null
              ? undefined
              : `${formatCount(snapshot.documents)} documents in ${plural(snapshot.collections ?? 0, "collection")}`,
        },
        {
          label: "New in store",
          value: snapshot.storedBytes === null ? "Not known yet" : formatBytes(snapshot.storedBytes),
          note: "Compressed, encrypted, nothing twice",
        },
        { label: "Proven", value: <Proof snapshot={snapshot} />, note: proofNote(snapshot) },
        {
          label: "Expires",
          value: snapshot.expiresAt ? <RelativeTime at={snapshot.expiresAt} /> : "Never",
          note: `Kept ${plural(snapshot.retentionDays, "day")}`,
        },
      ]}
    />
  );
}

function proofNote(snapshot: SnapshotDetail): string {
  if (snapshot.provenAt) return "A restore read it back with equal roots";
  if (snapshot.verifiedAt) return "Every hash checked, documents counted";
  return "Restore or verify it";
}
