import { LineChart } from "@/components/charts/LineChart";
import { ShowAsTable } from "@/components/charts/ShowAsTable";
import { formatBytes, sizeParts } from "@/components/format/bytes";
import { utcDay } from "@/components/format/times";
import { Section } from "@/components/ui/Section";
import { TableHead } from "@/components/ui/TableHead";
import type { ProjectOverview } from "@/server/domain/projects/schema";

const UNIT_BYTES = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40, PiB: 2 ** 50 } as const;

export function StoredChart({ history }: { history: ProjectOverview["storedHistory"] }) {
  const most = Math.max(0, ...history.map((day) => day.storedBytes));
  if (most === 0) return <NothingStored />;
  const unit = sizeParts(most).unit as keyof typeof UNIT_BYTES;
  const samples = history.map(({ day, storedBytes }) => ({
    at: Date.parse(day),
    value: storedBytes / UNIT_BYTES[unit],
  }));
  const ticks = samples.filter((_, index) => index % 7 === 1).map(({ at }) => ({ at, label: utcDay(new Date(at)) }));
  const first = history[0]?.storedBytes ?? 0;
  const last = history.at(-1)?.storedBytes ?? 0;
  return (
    <ShowAsTable
      id="stored"
      title={`Stored, ${unit}, last 30 days`}
      chart={
        <LineChart
          label={`Stored data over 30 days, from ${formatBytes(first)} to ${formatBytes(last)}`}
          samples={samples}
          ticks={ticks}
          area
        />
      }
      table={<StoredTable history={history} />}
    />
  );
}

function NothingStored() {
  return (
    <Section id="stored" title="Stored, last 30 days">
      <p className="panel panel-b t3">Nothing is stored yet. The first snapshot begins the curve.</p>
    </Section>
  );
}

function StoredTable({ history }: { history: ProjectOverview["storedHistory"] }) {
  return (
    <div className="panel scroll tall" tabIndex={0} role="region" aria-label="Stored data by day">
      <table className="tight table">
        <TableHead columns={["Day, UTC", { num: "Stored" }, { num: "Added" }]} />
        <tbody>
          {history.toReversed().map((day) => (
            <tr key={day.day}>
              <td>{utcDay(new Date(day.day))}</td>
              <td className="num">{formatBytes(day.storedBytes)}</td>
              <td className="num">{formatBytes(day.addedBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
