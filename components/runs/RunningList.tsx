import Link from "next/link";
import { percentWords } from "@/components/format/numbers";
import { Meter } from "@/components/ui/Meter";
import type { RunSummary } from "@/server/domain/runs/schema";
import { runLeft, runLine, runPath, runTitle } from "./run-words";

export function RunningList({ runs }: { runs: readonly RunSummary[] }) {
  return (
    <ul className="panel list">
      {runs.map((run) => (
        <li key={run.id} className="run-item">
          <div className="row">
            <Link href={runPath(run)}>
              <b>{runTitle(run)}</b>
            </Link>
            <span className="push t2">{run.percent === null ? "" : percentWords(run.percent)}</span>
          </div>
          <Meter label={runTitle(run)} percent={Math.floor(run.percent ?? 0)} />
          <div className="row s12 t3">
            <span>{runLine(run)}</span>
            <span className="push nw">{runLeft(run.secondsLeft)}</span>
          </div>
        </li>
      ))}
    </ul>
  );
}
