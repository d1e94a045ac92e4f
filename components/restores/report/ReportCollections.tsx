import { formatBytes } from "@/components/format/bytes";
import { formatCount } from "@/components/format/numbers";
import { Section } from "@/components/ui/Section";
import { StateBadge } from "@/components/ui/StateBadge";
import type { RestoreReport } from "@/server/domain/restores/schema";
import { shortHash } from "./report-words";

export function ReportCollections({ report }: { report: RestoreReport }) {
  const { collections, totals, views } = report;
  const allEqual = collections.every((one) => one.equal);
  return (
    <Section
      id="collections"
      title="Collections"
      count={`${collections.length}, ${allEqual ? "all equal" : "not all equal"}`}
    >
      <div className="panel">
        <table className="stack tight table">
          <thead>
            <tr>
              <th>Collection</th>
              <th className="num">Documents</th>
              <th className="num">Data</th>
              <th className="num">Indexes</th>
              <th>Root, wanted</th>
              <th>Root, read back</th>
              <th>Result</th>
            </tr>
          </thead>
          <tbody>
            {collections.map((one) => (
              <tr key={one.namespace}>
                <td className="m">{one.namespace}</td>
                <td className="num" data-l="Documents">
                  {formatCount(one.documents)}
                </td>
                <td className="num" data-l="Data">
                  {formatBytes(one.bytes)}
                </td>
                <td className="num" data-l="Indexes">
                  {one.indexes}
                </td>
                <td className="m t2 lo" data-l="Root, wanted" title={one.rootWanted ?? undefined}>
                  {one.rootWanted ? shortHash(one.rootWanted) : ""}
                </td>
                <td className="m t2 lo" data-l="Root, read back" title={one.rootReadBack ?? undefined}>
                  {one.rootReadBack ? shortHash(one.rootReadBack) : ""}
                </td>
                <td data-l="Result">
                  <Equality equal={one.equal} />
                </td>
              </tr>
            ))}
            <tr className="tot">
              <td>All</td>
              <td className="num" data-l="Documents">
                {formatCount(totals.documents)}
              </td>
              <td className="num" data-l="Data">
                {formatBytes(totals.bytes)}
              </td>
              <td className="num" data-l="Indexes">
                {formatCount(totals.indexes)}
              </td>
              <td className="lo" />
              <td className="lo" />
              <td data-l="Result">
                <Equality equal={allEqual} />
              </td>
            </tr>
          </tbody>
        </table>
      </div>
      {views.length > 0 ? (
        <p className="s12 t2">Views, created again from their definitions: {views.join(", ")}.</p>
      ) : null}
    </Section>
  );
}

function Equality({ equal }: { equal: boolean }) {
  return equal ? <StateBadge state="equal" /> : <StateBadge state="failed">Not equal</StateBadge>;
}
