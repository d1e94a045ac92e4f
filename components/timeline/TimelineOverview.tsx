import { placeOf, ticksOf, windowOf } from "./scale";
import { StripMark } from "./StripMark";
import { PICTURE, timeOf } from "./timeline-types";
import type { TimelineState } from "./use-timeline";

/** All history in one line; the brush is what the large axis shows. A click moves it. */
export function TimelineOverview({ state, now }: { state: TimelineState; now: number }) {
  const { left, right, width } = PICTURE;
  const oldest = state.marks[0] ? timeOf(state.marks[0]) : now;
  const all = windowOf("all", now, oldest);
  const place = (at: number) => placeOf(at, all, left, right);
  const from = Math.max(left, place(state.window.from));
  const to = place(state.window.to);

  function move(clientX: number, box: DOMRect) {
    const share = ((clientX - box.left) / box.width) * width;
    const at = all.from + ((share - left) / (right - left)) * (all.to - all.from);
    state.endAt(at + (state.window.to - state.window.from) / 2);
  }

  return (
    <svg
      className="tl overview"
      viewBox={`0 0 ${width} 58`}
      aria-hidden="true"
      onClick={(event) => move(event.clientX, event.currentTarget.getBoundingClientRect())}
    >
      <text x="16" y="23">
        All
      </text>
      <path className="base-l" d={`M${left} 33.5H1122`} />
      {state.marks.map((mark) => (
        <StripMark key={mark.snapshotId} mark={mark} x={place(timeOf(mark))} y={19} r={3} />
      ))}
      {ticksOf(all, 9).map((tick) => (
        <g key={tick.at}>
          <path className="tick" d={`M${place(tick.at)} 33v5`} />
          <text x={place(tick.at)} y="50" textAnchor="middle">
            {tick.label}
          </text>
        </g>
      ))}
      <rect className="brush" x={from} y="3.5" width={Math.max(3, to - from)} height="31" rx="2" />
    </svg>
  );
}
