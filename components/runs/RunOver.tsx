import { formatBytes } from "@/components/format/bytes";
import { formatCount } from "@/components/format/numbers";
import { formatDuration, utcClock } from "@/components/format/times";
import { Facts } from "@/components/ui/Facts";
import type { RunView } from "@/server/domain/runs/schema";

/** A run that has ended: what it did, in the place where its progress was. */
export function RunOver({ run, doneWord }: { run: RunView; doneWord: string }) {
  const started = run.startedAt ?? run.createdAt;
  return (
    <Facts
      facts={[
        { label: doneWord, value: formatBytes(run.doneBytes), note: `${formatCount(run.doneDocuments)} documents` },
        {
          label: "Ran for",
          value: formatDuration((run.finishedAt ?? started).getTime() - started.getTime()),
          note: `Started ${utcClock(started)} UTC${run.startedBy ? ` by ${run.startedBy}` : ""}`,
        },
        {
          label: "Ended",
          value: run.finishedAt ? `${utcClock(run.finishedAt)} UTC` : "Not known",
          note: run.attempt > 1 ? `At attempt ${run.attempt}` : "At the first attempt",
        },
      ]}
    />
  );
}
