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
import type { RestoreDetail } from "@/server/domain/restores/schema";
import type { RunView } from "@/server/domain/runs/schema";
import { IfItFails } from "./IfItFails";
import { RestoreLock } from "./RestoreLock";
import { useRefreshAtStep } from "./use-refresh-at-step";

/** A restore while it runs and after it: the same picture, its numbers moving. Its end brings the report. */
export function RestoreRun({ restore, initial }: { restore: RestoreDetail; initial: RunView }) {
  const router = useRouter();
  const now = useNow(1000);
  const { run, lostAt } = useRun(initial, () => router.refresh());
  useRefreshAtStep(run.step);
  const done = run.steps.filter((step) => step.status === "COMPLETED").length;
  const target = restore.target.cluster.name;

  return (
    <>
      <LostStream since={lostAt} what="restore" />
      {isOver(run) ? <RunOver run={run} doneWord="Loaded" /> : <RunNow run={run} now={now} doneWord="Loaded" />}
      <div className="cols run">
        <div className="sec loose">
          <Section id="steps" title="Steps" count={`${done} of ${run.steps.length}`}>
            <RunSteps steps={run.steps} now={now} over={isOver(run)} />
          </Section>
          {isOver(run) ? null : (
            <IfItFails target={target} cancellable={run.can.cancel.allowed || run.status === "QUEUED"} />
          )}
        </div>
        <div className="sec loose">
          {restore.lock ? <RestoreLock lock={restore.lock} target={target} now={now} /> : null}
          {run.collections.length > 0 ? <RunCollections run={run} verb="loaded" /> : null}
          <Throughput samples={run.samples} />
          <RunLog run={run} />
        </div>
      </div>
    </>
  );
}
