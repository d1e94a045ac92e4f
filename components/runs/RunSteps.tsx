import { formatDuration } from "@/components/format/times";
import { Icon } from "@/components/ui/Icon";
import type { RunStepView } from "@/server/domain/runs/schema";
import { stepTitle } from "./run-words";

const LOOKS = {
  QUEUED: { css: "todo", icon: "circle-dashed" },
  RUNNING: { css: "now", icon: "loader-circle" },
  COMPLETED: { css: "done", icon: "check" },
  FAILED: { css: "failed", icon: "octagon-x" },
  CANCELLED: { css: "todo", icon: "ban" },
} as const;

/** What a step will do, while it has nothing to say itself. */
const COMING: Record<string, string> = {
  index: "Built on the staged collections",
  prove: "Compare roots, still in staging",
  swap: "From here on it cannot be cancelled",
  unlock: "Writes are let in again, read back from the server",
};

export function RunSteps({ steps, now, over }: { steps: readonly RunStepView[]; now: Date; over: boolean }) {
  return (
    <ol className="panel steps">
      {steps.map((step) => {
        const look = LOOKS[step.status];
        return (
          <li key={step.name} className={look.css} aria-current={step.status === "RUNNING" ? "step" : undefined}>
            <Icon name={look.icon} className={step.status === "RUNNING" ? "spin" : undefined} />
            <b>{stepTitle(step.name)}</b>
            <span className="when">{stepDuration(step, now)}</span>
            <StepWords step={step} over={over} />
          </li>
        );
      })}
    </ol>
  );
}

function StepWords({ step, over }: { step: RunStepView; over: boolean }) {
  const words = step.message ?? (step.status !== "QUEUED" ? null : over ? "Not reached" : COMING[step.name]);
  return words ? <span className="what">{words}</span> : null;
}

function stepDuration(step: RunStepView, now: Date): string {
  if (!step.startedAt) return "";
  const until = step.finishedAt ?? (step.status === "RUNNING" ? now : step.startedAt);
  return formatDuration(until.getTime() - step.startedAt.getTime());
}
