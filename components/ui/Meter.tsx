import { classNames } from "./class-names";

interface MeterProps {
  label: string;
  percent: number;
  done?: boolean;
  thick?: boolean;
}

export function Meter({ label, percent, done = false, thick = false }: MeterProps) {
  return (
    <span
      className={classNames("meter", done && "done", thick && "thick")}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <i style={{ width: `${percent}%` }} />
    </span>
  );
}
