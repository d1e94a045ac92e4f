import { RelativeTime } from "@/components/ui/RelativeTime";
import { StateBadge } from "@/components/ui/StateBadge";
import type { TargetTest } from "@/server/domain/storage/schema";
import { failedStep } from "./storage-words";

/** How the last test went, and when. */
export function TestBadge({ test }: { test: TargetTest | null }) {
  if (!test) return <StateBadge state="none">Never tested</StateBadge>;
  const failed = failedStep(test);
  return (
    <>
      <StateBadge state={test.ok ? "yes" : "failed"}>{failed ? `Failed: ${failed}` : "Passed"}</StateBadge>
      <span className="sub">
        <RelativeTime at={test.at} />
      </span>
    </>
  );
}
