import { newRestorePath } from "@/components/format/addresses";
import { LinkButton } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/EmptyState";
import { Pager } from "@/components/ui/Pager";
import { withParams, type Params } from "@/components/ui/query-string";
import type { Page } from "@/server/domain/common/schema";
import type { RestoreView } from "@/server/domain/restores/schema";
import { RestoreTable } from "./RestoreTable";

interface ClusterRestoresProps {
  page: Page<RestoreView>;
  projectId: string;
  params: Params;
  /** Without it, the restores of a whole project. */
  clusterName?: string;
}

export function ClusterRestores({ page, projectId, params, clusterName }: ClusterRestoresProps) {
  if (page.total === 0) {
    return (
      <EmptyState
        icon="history"
        title="No restores yet"
        actions={<LinkButton href={newRestorePath(projectId, { cluster: clusterName })}>Restore snapshot</LinkButton>}
      >
        When you restore {clusterName ?? "a snapshot"}, the run and its report stay here.
      </EmptyState>
    );
  }
  return (
    <div className="panel scroll">
      <RestoreTable restores={page.items} projectId={projectId} />
      <Pager
        previous={params.cursor ? withParams(params, {}) : null}
        next={page.nextCursor ? withParams(params, { cursor: page.nextCursor }) : null}
        words={["Newest", "Older"]}
      >
        {page.items.length} of {page.total}
      </Pager>
    </div>
  );
}
