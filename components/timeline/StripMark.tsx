import { shapeOf } from "./shapes";
import type { TimelineMark } from "./timeline-types";

/** A snapshot on the axis: shape by kind, ring when proven, a cross when it failed, dashed while it is taken. */
export function StripMark({ mark, x, y, r }: { mark: TimelineMark; x: number; y: number; r: number }) {
  if (mark.status === "FAILED" || mark.status === "CANCELLED") {
    const d = r * 0.8;
    return <path className="cross" d={`M${x - d} ${y - d}l${d * 2} ${d * 2}m0 ${-d * 2}l${-d * 2} ${d * 2}`} />;
  }
  const running = mark.status !== "COMPLETED";
  const look = running ? "pending" : mark.kind === "FALLBACK" || !mark.consistent ? "ghost" : "mark";
  return (
    <>
      <path className={look} d={shapeOf(mark.kind, x, y, r)} />
      {mark.proven ? <circle className="ring" cx={x} cy={y} r={r * 2.2} /> : null}
    </>
  );
}
