import { PageHead } from "@/components/ui/PageHead";
import { Skeleton } from "@/components/ui/Skeleton";

export default function Loading() {
  return (
    <>
      <PageHead title="Add storage target">
        <Skeleton width={320} />
      </PageHead>
      <div className="form wide" role="region" aria-label="Loading" aria-busy="true">
        <Skeleton width="100%" height={144} />
        <Skeleton width="100%" height={56} />
        <Skeleton width="100%" height={56} />
      </div>
    </>
  );
}
