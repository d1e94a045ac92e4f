import {
  clusterBackupPath,
  clusterPath,
  newRestorePath,
  restorePath,
  snapshotPath,
} from "@/components/format/addresses";
import { LinkButton } from "@/components/ui/Button";
import { Icon } from "@/components/ui/Icon";
import { RelativeTime } from "@/components/ui/RelativeTime";
import type { NeedsYou } from "@/server/domain/projects/schema";
import { needWords } from "./verdict";

export function NeedsYouList({ needs, projectId }: { needs: readonly NeedsYou[]; projectId: string }) {
  return (
    <ul className="panel list">
      {needs.map((need) => {
        const { point, meaning } = needWords(need);
        const way = wayOut(need, projectId);
        return (
          <li key={`${need.kind} ${need.cluster.id}`}>
            <span className={`lead ic-${need.severity}`}>
              <Icon name={need.severity === "bad" ? "octagon-x" : "triangle-alert"} />
            </span>
            <div>
              <b>{point}</b> <span className="t2">{meaning}</span>
            </div>
            {need.since ? (
              <span className="s12 t3 nw">
                <RelativeTime at={need.since} />
              </span>
            ) : null}
            <LinkButton href={way.href} size="small" aria-label={`${way.label}: ${need.cluster.name}`}>
              {way.label}
            </LinkButton>
          </li>
        );
      })}
    </ul>
  );
}

/** The page where the reader can do something about it. */
function wayOut(need: NeedsYou, projectId: string): { href: string; label: string } {
  const { name } = need.cluster;
  if (need.restoreId) return { href: restorePath(projectId, need.restoreId), label: "See why" };
  if (need.kind === "neverProven") return { href: newRestorePath(projectId, { cluster: name }), label: "Restore" };
  if (need.kind === "unreachable" || need.kind === "notConnected") {
    return { href: clusterPath(projectId, name), label: "See cluster" };
  }
  if (need.snapshotId) return { href: snapshotPath(projectId, name, need.snapshotId), label: "See why" };
  return { href: clusterBackupPath(projectId, name), label: "See backup" };
}
