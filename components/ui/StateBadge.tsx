import type { ReactNode } from "react";
import { classNames } from "./class-names";
import { Icon } from "./Icon";
import type { IconName } from "./icon-names";

interface Look {
  word: string;
  icon: IconName;
  tone?: "ok" | "run" | "warn" | "bad";
  turning?: boolean;
}

/** Every state there is, with the one look it has everywhere. Loud ones have a ground, quiet ones do not. */
const LOOKS = {
  queued: { word: "Queued", icon: "circle-dashed" },
  running: { word: "Running", icon: "loader-circle", tone: "run", turning: true },
  completed: { word: "Completed", icon: "check", tone: "ok" },
  failed: { word: "Failed", icon: "octagon-x", tone: "bad" },
  cancelled: { word: "Cancelled", icon: "ban" },
  expired: { word: "Expired", icon: "hourglass" },
  deleted: { word: "Deleted", icon: "trash-2" },
  locked: { word: "Locked", icon: "lock", tone: "warn" },
  attention: { word: "Attention", icon: "triangle-alert", tone: "warn" },
  protected: { word: "Protected", icon: "shield-check", tone: "ok" },
  proven: { word: "Proven", icon: "proven", tone: "ok" },
  equal: { word: "Equal", icon: "equal", tone: "ok" },
  yes: { word: "Yes", icon: "check", tone: "ok" },
  none: { word: "None", icon: "minus" },
  paused: { word: "Paused", icon: "pause" },
  terminated: { word: "Terminated", icon: "ban" },
} satisfies Record<string, Look>;

export type StateName = keyof typeof LOOKS;

/** A state as icon and word; `children` say it more exactly ("Snapshot 34 %"). */
export function StateBadge({ state, children }: { state: StateName; children?: ReactNode }) {
  const look: Look = LOOKS[state];
  return (
    <span className={classNames("badge", look.tone)}>
      <Icon name={look.icon} className={look.turning ? "spin" : undefined} />
      {children ?? look.word}
    </span>
  );
}
