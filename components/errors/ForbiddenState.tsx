import type { ReactNode } from "react";
import { EmptyState } from "@/components/ui/EmptyState";
import { wordsFor } from "./messages";
import type { Problem } from "./problem";

/** Known but not allowed: shown, with the way in. */
export function ForbiddenState({ problem, actions }: { problem: Problem; actions?: ReactNode }) {
  const words = wordsFor(problem.code, problem.params);
  return (
    <EmptyState icon="lock" title={words.title.replace(/\.$/, "")} level={1} actions={actions}>
      {words.body}
    </EmptyState>
  );
}
