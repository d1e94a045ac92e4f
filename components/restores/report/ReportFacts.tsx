import { formatBytes } from "@/components/format/bytes";
import { formatCount } from "@/components/format/numbers";
import { formatDuration } from "@/components/format/times";
import { Facts, type Fact } from "@/components/ui/Facts";
import type { RestoreReport } from "@/server/domain/restores/schema";

export function ReportFacts({ report }: { report: RestoreReport }) {
  return <Facts facts={[...(report.outcome === "proven" ? proofFacts(report) : []), ...lockFacts(report)]} />;
}

function proofFacts({ totals, collections }: RestoreReport): Fact[] {
  const equal = collections.filter((one) => one.equal).length;
  return [
    { label: "Documents verified", value: formatCount(totals.documents), note: formatBytes(totals.bytes) },
    { label: "Collections equal", value: `${equal} of ${totals.collections}`, note: "Equal roots" },
    { label: "Indexes", value: formatCount(totals.indexes), note: "Keys and options compared" },
  ];
}

function lockFacts({ writes }: RestoreReport): Fact[] {
  return [
    {
      label: "Writes were blocked",
      value: writes.blockedSeconds === null ? "Not at all" : formatDuration(writes.blockedSeconds * 1000),
      note: writes.serverSide ? "By the server itself" : "The server could not block writes",
    },
    {
      label: "Lock released",
      value: writes.releaseVerified ? "Yes" : "Not confirmed",
      note: writes.releaseVerified ? "Read back from the server" : "See the cluster's page",
    },
  ];
}
