import { gridOf, lineThrough } from "./scale";

export interface ChartSample {
  /** Position along the time axis, in milliseconds. */
  at: number;
  value: number;
}

interface LineChartProps {
  /** The whole chart in one sentence. */
  label: string;
  samples: readonly ChartSample[];
  ticks: ReadonlyArray<{ at: number; label: string }>;
  width?: number;
  height?: number;
  colour?: "accent" | "run-solid";
  area?: boolean;
}

const LEFT = 48;
const BOTTOM = 28;
const TOP = 12;

/** Values over time with round lines behind them. Values are in the unit that the heading names. */
export function LineChart({
  label,
  samples,
  ticks,
  width = 560,
  height = 188,
  colour = "accent",
  area = false,
}: LineChartProps) {
  const grid = gridOf(Math.max(0, ...samples.map((sample) => sample.value)));
  const most = grid.at(-1) ?? 1;
  const from = samples[0]?.at ?? 0;
  const span = Math.max(1, (samples.at(-1)?.at ?? 1) - from);
  const floor = height - BOTTOM;
  const right = width - 8;
  const x = (at: number) => LEFT + ((at - from) / span) * (right - LEFT);
  const y = (value: number) => floor - (value / most) * (floor - TOP);
  const line = lineThrough(samples.map((sample) => ({ x: x(sample.at), y: y(sample.value) })));
  const last = samples.at(-1);
  return (
    <figure className="panel chart-box" tabIndex={0} role="group" aria-label={label}>
      <svg className="chart" viewBox={`0 0 ${width} ${height}`} width="100%" aria-hidden="true">
        {grid.map((value) => (
          <g key={value}>
            <path className={value === 0 ? "axis" : "grid"} d={`M${LEFT} ${y(value) + 0.5}H${right}`} />
            <text x={LEFT - 8} y={y(value) + 4} textAnchor="end">
              {value}
            </text>
          </g>
        ))}
        {ticks.map((tick) => (
          <text key={tick.at} x={x(tick.at)} y={height - 8} textAnchor={x(tick.at) > right - 20 ? "end" : "middle"}>
            {tick.label}
          </text>
        ))}
        {area && last ? <path d={`${line}L${x(last.at)} ${floor}H${LEFT}Z`} fill="var(--accent-soft)" /> : null}
        <path d={line} fill="none" stroke={`var(--${colour})`} strokeWidth="1.5" />
        {last ? <circle cx={x(last.at)} cy={y(last.value)} r="3" fill={`var(--${colour})`} /> : null}
      </svg>
    </figure>
  );
}
