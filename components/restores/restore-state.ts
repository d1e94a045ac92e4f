import type { StateName } from "@/components/ui/StateBadge";
import type { RestoreView } from "@/server/domain/restores/schema";

/** The one badge of a restore. */
export const RESTORE_STATES = {
  QUEUED: "queued",
  IN_PROGRESS: "running",
  COMPLETED: "proven",
  FAILED: "failed",
  CANCELLED: "cancelled",
} as const satisfies Record<RestoreView["status"], StateName>;
