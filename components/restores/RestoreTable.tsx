import Link from "next/link";
import { storedWords } from "@/components/errors/messages";
import { reportPath, restorePath } from "@/components/format/addresses";
import { formatDuration, utcShort } from "@/components/format/times";
import { LinkButton } from "@/components/ui/Button";
import { ExactTime } from "@/components/ui/ExactTime";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { TableHead } from "@/components/ui/TableHead";
import type { RestoreView } from "@/server/domain/restores/schema";
import { RestoreBadge } from "./RestoreBadge";

export function RestoreTable({ restores, projectId }: { restores: readonly RestoreView[]; projectId: string }) {
  return (
    <table className="stack table">
      <TableHead columns={["Asked for", "UTC", "From", "To", "Status", "By", { num: "Took" }]} act="Actions" />
      <tbody>
        {restores.map((restore) => (
          <tr key={restore.id}>
            <td>
              <Link href={restorePath(projectId, restore.id)}>
                <b>
                  <RelativeTime at={restore.createdAt} />
                </b>
              </Link>
              {restore.error ? <span className="sub">{storedWords(restore.error).title}</span> : null}
            </td>
            <td data-l="UTC" className="t2">
              <ExactTime at={restore.createdAt} />
            </td>
            <td data-l="From">
              {restore.source.cluster.name}
              <span className="sub">snapshot of {utcShort(restore.snapshot.createdAt)} UTC</span>
            </td>
            <td data-l="To">
              {restore.target.cluster.name}
              {restore.target.project.id === restore.source.project.id ? null : (
                <span className="sub">in {restore.target.project.name}</span>
              )}
            </td>
            <td data-l="Status">
              <RestoreBadge restore={restore} withPercent />
            </td>
            <td data-l="By">{restore.requestedBy ?? <span className="t3">Unknown</span>}</td>
            <td data-l="Took" className="num">
              {restore.startedAt && restore.finishedAt
                ? formatDuration(restore.finishedAt.getTime() - restore.startedAt.getTime())
                : null}
            </td>
            <td className="act">
              <LinkButton
                size="small"
                href={restore.hasReport ? reportPath(projectId, restore.id) : restorePath(projectId, restore.id)}
                aria-label={`${restore.hasReport ? "See report" : "See restore"}, ${utcShort(restore.createdAt)}`}
              >
                {restore.hasReport ? "See report" : "See restore"}
              </LinkButton>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
