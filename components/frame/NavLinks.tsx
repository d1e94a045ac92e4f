"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { Icon } from "@/components/ui/Icon";
import { isCurrentSection, type SectionLink } from "./sections";

export function NavLinks({ links }: { links: readonly SectionLink[] }) {
  const pathname = usePathname();
  return (
    <div className="nav">
      {links.map((link) => (
        <Link key={link.href} href={link.href} aria-current={isCurrentSection(link, pathname) ? "page" : undefined}>
          <Icon name={link.icon} />
          {link.label}
        </Link>
      ))}
    </div>
  );
}
