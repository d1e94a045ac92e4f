import type { ReactNode } from "react";
import { Id } from "@/components/ui/Id";
import { Notice } from "@/components/ui/Notice";
import { wordsFor } from "./messages";
import type { Problem } from "./problem";

/** What happened, what is unharmed, what to do, and a number to quote. */
export function ErrorNotice({ problem, actions }: { problem: Problem; actions?: ReactNode }) {
  const words = wordsFor(problem.code, problem.params);
  return (
    <Notice tone="bad" role="alert">
      <b>{words.title}</b> {words.body}
      {actions || problem.reference ? (
        <span className="row mt-2 flex-wrap">
          {actions}
          {problem.reference ? (
            <span className="push">
              <Id id={problem.reference} what="reference number" />
            </span>
          ) : null}
        </span>
      ) : null}
    </Notice>
  );
}
