import { reasonOf } from "@/components/access/reason";
import { recoveryKitPath } from "@/components/format/addresses";
import { formatBytes } from "@/components/format/bytes";
import { formatCount } from "@/components/format/numbers";
import { Button, LinkButton } from "@/components/ui/Button";
import { Id } from "@/components/ui/Id";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { TableHead } from "@/components/ui/TableHead";
import type { CollectionRound, TargetDetail } from "@/server/domain/storage/schema";

/** Where the packs of a target lie, and when what nobody needs was last cleared away. */
export function TargetRepositories({ target, orgId }: { target: TargetDetail; orgId: string }) {
  const reason = reasonOf(target.canPrintKit);
  return (
    <div className="panel">
      <table className="stack table">
        <TableHead columns={["Repository", { num: "Stored" }, { num: "Packs" }, "Last cleaned"]} act="Actions" />
        <tbody>
          {target.repositories.map((repository) => (
            <tr key={repository.id}>
              <td className="wrap">
                <Id id={repository.id} what="repository id" />
                <span className="sub m wrap">{repository.place}</span>
              </td>
              <td className="num" data-l="Stored">
                {formatBytes(repository.storedBytes)}
              </td>
              <td className="num" data-l="Packs">
                {formatCount(repository.packs)}
              </td>
              <td data-l="Last cleaned">
                <LastRound round={repository.lastCollection} />
              </td>
              <td className="act">
                {reason ? (
                  <Button size="small" icon="printer" disabledReason={reason}>
                    Recovery kit
                  </Button>
                ) : (
                  <LinkButton size="small" icon="printer" href={recoveryKitPath(orgId, repository.id)}>
                    Recovery kit
                  </LinkButton>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LastRound({ round }: { round: CollectionRound | null }) {
  if (!round) return <span className="t3">Not yet</span>;
  if (round.error) {
    return (
      <>
        <RelativeTime at={round.startedAt} />
        <span className="sub">{round.error.message ?? "It could not be done."}</span>
      </>
    );
  }
  if (!round.finishedAt)
    return (
      <span className="t2">
        Begun <RelativeTime at={round.startedAt} />
      </span>
    );
  const waiting = round.waitingBytes > 0 ? `, ${formatBytes(round.waitingBytes)} still to go` : "";
  return (
    <>
      <RelativeTime at={round.finishedAt} />
      <span className="sub">
        {formatBytes(round.deletedBytes)} freed{waiting}
      </span>
    </>
  );
}
