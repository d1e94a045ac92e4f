import { EmptyState } from "@/components/ui/EmptyState";
import { Pager } from "@/components/ui/Pager";
import { withParams, type Params } from "@/components/ui/query-string";
import type { ClusterDetail } from "@/server/domain/clusters/schema";
import type { Page } from "@/server/domain/common/schema";
import type { SnapshotView } from "@/server/domain/snapshots/schema";
import { SnapshotFilters } from "./SnapshotFilters";
import { SnapshotTable } from "./SnapshotTable";
import { TakeSnapshot } from "./TakeSnapshot";

interface ClusterSnapshotsProps {
  page: Page<SnapshotView>;
  cluster: ClusterDetail;
  params: Params;
}

export function ClusterSnapshots({ page, cluster, params }: ClusterSnapshotsProps) {
  const filtered = Boolean(params.kind || params.status || params.proven || params.taken);
  if (page.total === 0 && !filtered) {
    return (
      <EmptyState
        icon="camera"
        title="No snapshot yet"
        actions={
          <TakeSnapshot
            kind="primary"
            projectId={cluster.project.id}
            can={cluster.can.takeSnapshot}
            clusters={[{ id: cluster.id, name: cluster.name, can: cluster.can.takeSnapshot }]}
          />
        }
      >
        A snapshot holds all of {cluster.name} at one moment. It is read while the cluster goes on, and can be restored
        here or elsewhere.
      </EmptyState>
    );
  }
  return (
    <>
      <SnapshotFilters params={params} shown={page.items.length} total={page.total} />
      <div className="panel scroll">
        <SnapshotTable snapshots={page.items} />
        {page.items.length === 0 ? <p className="panel-b t3">No snapshot matches these filters.</p> : null}
        <Pager
          previous={params.cursor ? withParams(params, {}) : null}
          next={page.nextCursor ? withParams(params, { cursor: page.nextCursor }) : null}
          words={["Newest", "Older"]}
        >
          {page.items.length} of {page.total}
        </Pager>
      </div>
    </>
  );
}
