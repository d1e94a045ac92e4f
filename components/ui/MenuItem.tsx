"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { Icon } from "./Icon";
import type { IconName } from "./icon-names";

interface MenuItemProps {
  icon?: IconName;
  onSelect?: () => void;
  /** Goes to an address instead. */
  href?: string;
  /** Why it cannot be chosen now; shown under it. */
  disabledReason?: string;
  /** For a choice among several: whether it is the chosen one. */
  checked?: boolean;
  children: ReactNode;
}

export function MenuItem({ icon, onSelect, href, disabledReason, checked, children }: MenuItemProps) {
  const content = (
    <>
      {icon ? <Icon name={icon} /> : null}
      <span>
        {children}
        {disabledReason ? <span className="sub">{disabledReason}</span> : null}
      </span>
      {checked ? <Icon name="check" className="push" /> : null}
    </>
  );
  if (href && !disabledReason) {
    return (
      <Link href={href} role="menuitem" tabIndex={-1}>
        {content}
      </Link>
    );
  }
  return (
    <button
      type="button"
      role={checked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={checked}
      aria-disabled={disabledReason ? true : undefined}
      tabIndex={-1}
      onClick={disabledReason ? undefined : onSelect}
    >
      {content}
    </button>
  );
}
