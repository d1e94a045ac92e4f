import { EmptyState } from "@/components/ui/EmptyState";
import { Pager } from "@/components/ui/Pager";
import { withParams, type Params } from "@/components/ui/query-string";
import type { Page } from "@/server/domain/common/schema";
import type { SnapshotView } from "@/server/domain/snapshots/schema";
import { SnapshotFilters } from "./SnapshotFilters";
import { SnapshotTable } from "./SnapshotTable";

interface ProjectSnapshotsProps {
  page: Page<SnapshotView>;
  clusters: ReadonlyArray<{ id: string; name: string }>;
  params: Params;
}

export function ProjectSnapshots({ page, clusters, params }: ProjectSnapshotsProps) {
  const filtered = Boolean(params.kind || params.status || params.proven || params.taken || params.clusterId);
  if (page.total === 0 && !filtered) {
    return (
      <EmptyState icon="camera" title="No snapshot yet">
        Take a snapshot of a cluster: it is read while the cluster goes on, and can then be restored here or elsewhere.
      </EmptyState>
    );
  }
  return (
    <>
      <SnapshotFilters params={params} shown={page.items.length} total={page.total} clusters={clusters} />
      <div className="panel scroll">
        <SnapshotTable snapshots={page.items} showCluster />
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
