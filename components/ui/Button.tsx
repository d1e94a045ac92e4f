import Link from "next/link";
import { useId, type ComponentProps, type ReactNode } from "react";
import { classNames } from "./class-names";
import { Icon } from "./Icon";
import type { IconName } from "./icon-names";
import { Tooltip } from "./Tooltip";

export interface ButtonLook {
  kind?: "plain" | "primary" | "danger" | "quiet";
  size?: "normal" | "small" | "tiny" | "wide";
  icon?: IconName;
}

export function buttonClass({ kind = "plain", size = "normal" }: ButtonLook, extra?: string): string {
  return classNames("btn", kind !== "plain" && kind, size !== "normal" && size, extra) ?? "btn";
}

interface ButtonProps extends ButtonLook, Omit<ComponentProps<"button">, "disabled"> {
  /** Why it cannot be pressed now. The button stays reachable and says so on hover and focus. */
  disabledReason?: ReactNode;
  /** The press is being worked on: shows a turning icon and ignores more presses. */
  busy?: boolean;
}

export function Button({ kind, size, icon, disabledReason, busy, className, children, ...rest }: ButtonProps) {
  const reasonId = useId();
  const shown = busy ? "loader-circle" : icon;
  const content = (
    <>
      {shown ? <Icon name={shown} className={busy ? "spin" : undefined} /> : null}
      {children}
    </>
  );
  if (!disabledReason) {
    return (
      <button
        type="button"
        {...rest}
        className={buttonClass({ kind, size }, className)}
        aria-busy={busy || undefined}
        disabled={busy}
      >
        {content}
      </button>
    );
  }
  const { onClick: _onClick, type: _type, ...safe } = rest;
  return (
    <Tooltip id={reasonId} text={disabledReason}>
      <button
        {...safe}
        type="button"
        className={buttonClass({ size }, className)}
        aria-disabled="true"
        aria-describedby={reasonId}
      >
        {content}
      </button>
    </Tooltip>
  );
}

interface LinkButtonProps extends ButtonLook {
  href: string;
  className?: string;
  children: ReactNode;
  "aria-label"?: string;
}

/** Looks like a button, goes to an address. */
export function LinkButton({ kind, size, icon, className, children, ...rest }: LinkButtonProps) {
  return (
    <Link {...rest} className={buttonClass({ kind, size }, className)}>
      {icon ? <Icon name={icon} /> : null}
      {children}
    </Link>
  );
}
