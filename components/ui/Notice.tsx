import type { ReactNode } from "react";
import { classNames } from "./class-names";
import { Icon } from "./Icon";
import type { IconName } from "./icon-names";

interface NoticeProps {
  tone?: "plain" | "ok" | "warn" | "bad";
  icon?: IconName;
  id?: string;
  /** Set for what appears later and must be heard: "alert" at once, "status" politely. */
  role?: "alert" | "status";
  children: ReactNode;
}

const ICONS = { plain: "info", ok: "check", warn: "triangle-alert", bad: "octagon-x" } as const;

export function Notice({ tone = "plain", icon, id, role, children }: NoticeProps) {
  return (
    <div className={classNames("note", tone !== "plain" && tone)} id={id} role={role}>
      <Icon name={icon ?? ICONS[tone]} />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}
