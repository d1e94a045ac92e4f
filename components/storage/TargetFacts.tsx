import { sizeParts } from "@/components/format/bytes";
import { formatCount, plural } from "@/components/format/numbers";
import { Facts } from "@/components/ui/Facts";
import { RelativeTime } from "@/components/ui/RelativeTime";
import type { TargetDetail } from "@/server/domain/storage/schema";
import { failedStep, KIND_WORDS } from "./storage-words";

export function TargetFacts({ target }: { target: TargetDetail }) {
  const size = sizeParts(target.usage.storedBytes);
  const test = target.lastTest;
  return (
    <Facts
      facts={[
        {
          label: "Stored",
          value: size.value,
          unit: size.unit,
          note: "Compressed, encrypted, nothing twice",
        },
        {
          label: "Snapshots",
          value: formatCount(target.usage.snapshots),
          note:
            target.leaving > 0
              ? `${plural(target.leaving, "deleted one")} still to be cleaned away`
              : `Of ${plural(target.usage.clusters, "cluster")}`,
        },
        {
          label: "Kind",
          value: KIND_WORDS[target.kind],
          note: target.service ? <span className="wrap">{target.service}</span> : undefined,
        },
        {
          label: "Last test",
          value: test ? (test.ok ? "Passed" : "Failed") : "Never",
          note: test ? (
            <>
              {test.ok ? null : `${failedStep(test)}, `}
              <RelativeTime at={test.at} />
            </>
          ) : undefined,
        },
        {
          label: "Added",
          value: <RelativeTime at={target.createdAt} />,
          note: target.createdBy ? `By ${target.createdBy}` : "With the organization",
        },
      ]}
    />
  );
}
