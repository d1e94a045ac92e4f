"use client";

import { useRouter } from "next/navigation";
import { LostStream } from "@/components/runs/LostStream";
import { RunCollections } from "@/components/runs/RunCollections";
import { RunLog } from "@/components/runs/RunLog";
import { RunNow } from "@/components/runs/RunNow";
import { RunOver } from "@/components/runs/RunOver";
import { isOver } from "@/components/runs/run-state";
import { RunSteps } from "@/components/runs/RunSteps";
import { Throughput } from "@/components/runs/Throughput";
import { useRun } from "@/components/runs/use-run";
import { Section } from "@/components/ui/Section";
import { useNow } from "@/components/ui/use-now";
import type { RunView } from "@/server/domain/runs/schema";

/** The run that takes or verifies a snapshot, live. */
export function SnapshotRun({ initial }: { initial: RunView }) {
  const router = useRouter();
  const now = useNow(1000);
  const { run, lostAt } = useRun(initial, () => router.refresh());
  const done = run.steps.filter((step) => step.status === "COMPLETED").length;
  return (
    <>
      <LostStream since={lostAt} what="work" />
      {isOver(run) ? <RunOver run={run} doneWord="Read" /> : <RunNow run={run} now={now} doneWord="Read" />}
      <div className="cols run">
        <Section id="steps" title="Steps" count={`${done} of ${run.steps.length}`}>
          <RunSteps steps={run.steps} now={now} over={isOver(run)} />
        </Section>
        <div className="sec loose">
          {run.collections.length > 0 ? <RunCollections run={run} verb="read" /> : null}
          <Throughput samples={run.samples} />
          <RunLog run={run} />
        </div>
      </div>
    </>
  );
}
