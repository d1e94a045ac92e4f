import { formatDuration } from "@/components/format/times";
import { stepTitle } from "@/components/runs/run-words";
import { Section } from "@/components/ui/Section";
import { TableHead } from "@/components/ui/TableHead";
import type { RestoreReport } from "@/server/domain/restores/schema";
import { stepBars } from "./report-words";

export function ReportSteps({ steps }: { steps: RestoreReport["steps"] }) {
  const { bars, totalSeconds } = stepBars(steps);
  return (
    <Section id="steps" title="How long each step took" aside={`${formatDuration(totalSeconds * 1000)} in all`}>
      <div className="panel">
        <table className="stack tight table">
          <TableHead columns={["Step", "Began, UTC", { sr: "Share" }, { num: "Took" }]} />
          <tbody>
            {bars.map((bar) => (
              <tr key={bar.name}>
                <td>{stepTitle(bar.name)}</td>
                <td className="m t2 nw" data-l="Began, UTC">
                  {bar.startedAt ? bar.startedAt.slice(11, 21) : "not begun"}
                </td>
                <td className="share">
                  <span className="gantt">
                    <i style={{ marginLeft: `${bar.offset}%`, width: `${bar.width}%` }} />
                  </span>
                </td>
                <td className="num" data-l="Took">
                  {bar.seconds === null ? "" : formatDuration(bar.seconds * 1000)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
