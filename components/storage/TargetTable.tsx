import Link from "next/link";
import { targetPath } from "@/components/format/addresses";
import { formatBytes } from "@/components/format/bytes";
import { plural } from "@/components/format/numbers";
import { TableHead } from "@/components/ui/TableHead";
import { Tag } from "@/components/ui/Tag";
import type { TargetView } from "@/server/domain/storage/schema";
import { AssignmentTags } from "./AssignmentTags";
import { KIND_WORDS } from "./storage-words";
import { TargetMenu } from "./TargetMenu";
import { TestBadge } from "./TestBadge";

export function TargetTable({ targets, orgId }: { targets: readonly TargetView[]; orgId: string }) {
  return (
    <div className="panel">
      <table className="stack table">
        <TableHead
          columns={["Target", "Where", "What goes there", { num: "Stored" }, { num: "Snapshots" }, "Last test"]}
          act="Actions"
        />
        <tbody>
          {targets.map((target) => (
            <tr key={target.id}>
              <td>
                <Link href={targetPath(orgId, target.id)}>
                  <b>{target.name}</b>
                </Link>{" "}
                {target.isDefault ? <Tag>Default</Tag> : null}
                <span className="sub">{KIND_WORDS[target.kind]}</span>
              </td>
              <td data-l="Where" className="wrap">
                <span className="m">{target.place}</span>
                {target.service ? <span className="sub">{target.service}</span> : null}
              </td>
              <td data-l="What goes there">
                <AssignmentTags target={target} />
              </td>
              <td className="num" data-l="Stored">
                {formatBytes(target.usage.storedBytes)}
              </td>
              <td className="num" data-l="Snapshots">
                {target.usage.snapshots}
                {target.usage.snapshots > 0 ? (
                  <span className="sub">of {plural(target.usage.clusters, "cluster")}</span>
                ) : null}
              </td>
              <td data-l="Last test" className="nw">
                <TestBadge test={target.lastTest} />
              </td>
              <td className="act">
                <TargetMenu target={target} orgId={orgId} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
