import { Pager } from "@/components/ui/Pager";
import { EmptyState } from "@/components/ui/EmptyState";
import { withParams, type Params } from "@/components/ui/query-string";
import type { ActivityView } from "@/server/domain/activity/schema";
import type { Page } from "@/server/domain/common/schema";
import { ActivityFilters } from "./ActivityFilters";
import { ActivityList } from "./ActivityList";

interface ActivityPageProps {
  page: Page<ActivityView>;
  params: Params;
  clusters?: ReadonlyArray<{ id: string; name: string }>;
  showProject?: boolean;
}

/** The feed with its filters and pages. */
export function ActivityPage({ page, params, clusters, showProject }: ActivityPageProps) {
  return (
    <section className="sec">
      <ActivityFilters clusters={clusters} />
      {page.items.length === 0 ? (
        <EmptyState icon="activity" title="Nothing here">
          No entry matches. Every change and every refusal of consequence is written here and never changed.
        </EmptyState>
      ) : (
        <div className="panel scroll">
          <ActivityList entries={page.items} showProject={showProject} />
          <Pager
            previous={params.cursor ? withParams(params, {}) : null}
            next={page.nextCursor ? withParams(params, { cursor: page.nextCursor }) : null}
            words={["Newest", "Older"]}
          >
            {page.items.length} of {page.total}
          </Pager>
        </div>
      )}
    </section>
  );
}
