import { percentWords } from "@/components/format/numbers";
import type { StateName } from "@/components/ui/StateBadge";
import type { RestoreView } from "@/server/domain/restores/schema";

/** The one badge of a restore. */
export function restoreState(restore: Pick<RestoreView, "status" | "run" | "hasReport">): {
  state: StateName;
  words?: string;
} {
  switch (restore.status) {
    case "QUEUED":
      return { state: "queued" };
    case "IN_PROGRESS": {
      const percent = restore.run?.percent;
      return { state: "running", words: typeof percent === "number" ? `Running ${percentWords(percent)}` : undefined };
    }
    case "COMPLETED":
      return { state: "proven" };
    case "FAILED":
      return { state: "failed" };
    case "CANCELLED":
      return { state: "cancelled" };
  }
}
