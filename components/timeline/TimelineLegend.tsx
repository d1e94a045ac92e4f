import { Mark } from "./Mark";
import { SNAPSHOT_KINDS, type SnapshotKind } from "./snapshot-kind";
import type { TimelineMark } from "./timeline-types";

/** The marks that are on the axis, and the keys. */
export function TimelineLegend({ marks }: { marks: readonly TimelineMark[] }) {
  const kinds = (Object.keys(SNAPSHOT_KINDS) as SnapshotKind[]).filter((kind) =>
    marks.some((mark) => mark.kind === kind),
  );
  return (
    <div className="legend">
      {kinds.map((kind) => (
        <span key={kind}>
          <Mark kind={kind} /> {SNAPSHOT_KINDS[kind]}
        </span>
      ))}
      {marks.some((mark) => mark.status === "FAILED" || mark.status === "CANCELLED") ? (
        <span>
          <svg className="mk tl" viewBox="0 0 16 16" aria-hidden="true">
            <path className="cross" d="M5 5l6 6m0-6l-6 6" />
          </svg>{" "}
          Failed or cancelled
        </span>
      ) : null}
      <span>
        <Mark kind="HOURLY" proven /> Ring: proven by a restore
      </span>
      <span className="push">
        <kbd>S</kbd> next, <kbd>Shift</kbd> <kbd>S</kbd> previous snapshot, <kbd>+</kbd> <kbd>-</kbd> zoom
      </span>
    </div>
  );
}
