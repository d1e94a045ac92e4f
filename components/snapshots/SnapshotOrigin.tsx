import { Id } from "@/components/ui/Id";
import { Section } from "@/components/ui/Section";
import { KindLabel } from "@/components/timeline/Mark";
import { utcLong } from "@/components/format/times";
import { StoredIn } from "@/components/storage/StoredIn";
import { placeName, tierName } from "@/components/clusters/health";
import type { SnapshotDetail } from "@/server/domain/snapshots/schema";

/** Where it came from, who asked for it, and its ids. */
export function SnapshotOrigin({ snapshot }: { snapshot: SnapshotDetail }) {
  return (
    <Section id="origin" title="Where it came from">
      <dl className="panel panel-b kv">
        <dt>Cluster</dt>
        <dd>
          {snapshot.cluster.name} in {snapshot.project.name}
          {snapshot.cluster.deleted ? ", terminated" : ""}
        </dd>
        <dt>Then</dt>
        <dd>
          {tierName(snapshot.tier)}, {placeName(snapshot)}
          {snapshot.mongoDBVersion ? `, MongoDB ${snapshot.mongoDBVersion}` : ""}
          {snapshot.fcv ? `, feature compatibility ${snapshot.fcv}${snapshot.fcvPinned ? " (pinned)" : ""}` : ""}
        </dd>
        {snapshot.storage ? (
          <>
            <dt>Stored in</dt>
            <dd>
              <StoredIn place={snapshot.storage} />
            </dd>
          </>
        ) : null}
        <dt>Kind</dt>
        <dd>
          <KindLabel kind={snapshot.kind} />
        </dd>
        <dt>Asked for</dt>
        <dd>
          {snapshot.requestedBy ? `${snapshot.requestedBy}, ` : ""}
          {utcLong(snapshot.createdAt)}
        </dd>
        <dt>Description</dt>
        <dd>{snapshot.description ?? <span className="t3">None</span>}</dd>
        <dt>Snapshot id</dt>
        <dd>
          <Id id={snapshot.id} />
        </dd>
        {snapshot.manifestId ? (
          <>
            <dt>Manifest</dt>
            <dd>
              <Id id={snapshot.manifestId} short what="manifest id" />
            </dd>
          </>
        ) : null}
      </dl>
    </Section>
  );
}
