import { LineChart } from "@/components/charts/LineChart";
import { ShowAsTable } from "@/components/charts/ShowAsTable";
import { formatRate } from "@/components/format/bytes";
import { utcClock } from "@/components/format/times";
import { TableHead } from "@/components/ui/TableHead";
import type { RunView } from "@/server/domain/runs/schema";

const MIB = 2 ** 20;

export function Throughput({ samples }: { samples: RunView["samples"] }) {
  const last = samples.at(-1);
  if (samples.length < 2 || !last) return null;
  const points = samples.map((sample) => ({ at: sample.at.getTime(), value: sample.bytesPerSecond / MIB }));
  const every = Math.max(1, Math.floor(points.length / 5));
  const ticks = points
    .filter((_, index) => index % every === Math.floor(every / 2))
    .map(({ at }) => ({ at, label: utcClock(new Date(at)) }));
  return (
    <ShowAsTable
      id="throughput"
      title="Throughput, MiB/s"
      chart={
        <LineChart
          label={`Throughput since ${utcClock(samples[0]?.at ?? last.at)} UTC, now ${formatRate(last.bytesPerSecond)}`}
          samples={points}
          ticks={ticks}
          width={776}
          height={132}
          colour="run-solid"
        />
      }
      table={
        <div className="panel scroll tall" tabIndex={0} role="region" aria-label="Throughput by time">
          <table className="tight table">
            <TableHead columns={["UTC", { num: "Throughput" }]} />
            <tbody>
              {samples.toReversed().map((sample) => (
                <tr key={sample.at.getTime()}>
                  <td className="m">{utcClock(sample.at)}</td>
                  <td className="num">{formatRate(sample.bytesPerSecond)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      }
    />
  );
}
