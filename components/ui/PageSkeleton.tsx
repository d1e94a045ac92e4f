import { PageHead } from "./PageHead";
import { Skeleton } from "./Skeleton";
import { TableSkeleton } from "./TableSkeleton";

interface PageSkeletonProps {
  title?: string;
  facts?: number;
  heads: readonly string[];
}

/** A page before its values: the frame and headings at once, the values in grey. */
export function PageSkeleton({ title, facts = 0, heads }: PageSkeletonProps) {
  return (
    <>
      <PageHead title={title ?? <Skeleton width={240} height={20} />}>
        <Skeleton width={320} />
      </PageHead>
      {facts > 0 ? (
        <div className="facts" aria-hidden="true">
          {Array.from({ length: facts }, (_, index) => (
            <div key={index} className="grid gap-2">
              <Skeleton width={88} />
              <Skeleton width={64} height={16} />
              <Skeleton width={112} />
            </div>
          ))}
        </div>
      ) : null}
      <TableSkeleton heads={heads} label="Loading" />
    </>
  );
}
