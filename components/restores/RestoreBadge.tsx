import type { ReactNode } from "react";
import { percentWords } from "@/components/format/numbers";
import { StateBadge } from "@/components/ui/StateBadge";
import type { RestoreView } from "@/server/domain/restores/schema";
import { RESTORE_STATES } from "./restore-state";

interface RestoreBadgeProps {
  restore: RestoreView;
  /** Say how far it is: for lists; a run's own page has the live number. */
  withPercent?: boolean;
}

export function RestoreBadge({ restore, withPercent = false }: RestoreBadgeProps) {
  return <StateBadge state={RESTORE_STATES[restore.status]}>{withPercent ? progressWords(restore) : null}</StateBadge>;
}

function progressWords({ status, run }: RestoreView): ReactNode {
  const percent = run?.percent;
  return status === "IN_PROGRESS" && typeof percent === "number" ? `Running ${percentWords(percent)}` : null;
}
