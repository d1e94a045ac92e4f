import { formatBytes } from "@/components/format/bytes";
import { ExactTime } from "@/components/ui/ExactTime";
import { TableHead } from "@/components/ui/TableHead";
import { KindLabel } from "./Mark";
import { markState, type TimelineMark } from "./timeline-types";

interface TimelineListProps {
  marks: readonly TimelineMark[];
  chosen: TimelineMark | null;
  onChoose: (mark: TimelineMark) => void;
}

/** The same data as the axis, as a list. */
export function TimelineList({ marks, chosen, onChoose }: TimelineListProps) {
  return (
    <div className="scroll tall" tabIndex={0} role="region" aria-label="Snapshots on the timeline">
      <table className="tight table">
        <TableHead columns={["UTC", "Kind", "State", { num: "Data" }]} act="Choose" />
        <tbody>
          {marks.toReversed().map((mark) => (
            <tr key={mark.snapshotId} aria-selected={mark.snapshotId === chosen?.snapshotId || undefined}>
              <td>
                <ExactTime at={mark.at} format="long" />
              </td>
              <td>
                <KindLabel kind={mark.kind} />
              </td>
              <td>{markState(mark)}</td>
              <td className="num">{mark.dataBytes === null ? "" : formatBytes(mark.dataBytes)}</td>
              <td className="act">
                <button type="button" className="btn tiny" onClick={() => onChoose(mark)}>
                  Choose
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
