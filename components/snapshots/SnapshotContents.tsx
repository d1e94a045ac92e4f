import { formatBytes } from "@/components/format/bytes";
import { formatCount, plural } from "@/components/format/numbers";
import { Section } from "@/components/ui/Section";
import { TableHead } from "@/components/ui/TableHead";
import { Tag } from "@/components/ui/Tag";
import type { SnapshotDetail } from "@/server/domain/snapshots/schema";

const TYPES = { collection: null, view: "view", timeseries: "time series" } as const;

export function SnapshotContents({ contents }: { contents: NonNullable<SnapshotDetail["contents"]> }) {
  return (
    <Section id="contents" title="What is in it" count={plural(contents.length, "collection")}>
      <div className="panel">
        <table className="stack tight table">
          <TableHead columns={["Collection", { num: "Documents" }, { num: "Data" }, { num: "Indexes" }]} />
          <tbody>
            {contents.map((one) => (
              <tr key={`${one.database}.${one.name}`}>
                <td>
                  <span className="m">
                    {one.database}.{one.name}
                  </span>{" "}
                  {TYPES[one.type] ? <Tag>{TYPES[one.type]}</Tag> : null}
                </td>
                <td className="num" data-l="Documents">
                  {one.type === "view" ? "" : formatCount(one.documents)}
                </td>
                <td className="num" data-l="Data">
                  {one.type === "view" ? "" : formatBytes(one.bytes)}
                </td>
                <td className="num" data-l="Indexes">
                  {one.type === "view" ? "" : one.indexes}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
