"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { Icon } from "@/components/ui/Icon";
import { crumbsOf, type CrumbNames } from "./crumbs";

export function Path(names: CrumbNames) {
  const crumbs = crumbsOf(usePathname(), names);
  return (
    <nav aria-label="Path" className="min-w-0">
      <ol className="path">
        {crumbs.map((crumb, index) => (
          <li key={`${index} ${crumb.label}`}>
            {index > 0 ? <Icon name="chevron-right" className="s" /> : null}
            {crumb.href ? <Link href={crumb.href}>{crumb.label}</Link> : <span aria-current="page">{crumb.label}</span>}
          </li>
        ))}
      </ol>
    </nav>
  );
}
