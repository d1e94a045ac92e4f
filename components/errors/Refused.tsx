import type { ReactNode } from "react";
import { ErrorNotice } from "./ErrorNotice";
import { ForbiddenState } from "./ForbiddenState";
import type { Problem } from "./problem";

/** A page whose data could not be had: refused to this reader, or broken, each in its own look. */
export function Refused({ problem, actions }: { problem: Problem; actions?: ReactNode }) {
  if (problem.code === "USER_UNAUTHORIZED") return <ForbiddenState problem={problem} actions={actions} />;
  return (
    <>
      <h1>This page could not be made</h1>
      <ErrorNotice problem={problem} actions={actions} />
    </>
  );
}
