import Link from "next/link";

export interface Tab {
  label: string;
  href: string;
  count?: number;
  current: boolean;
}

/** Tabs are addresses: each has its own URL. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <Link key={tab.href} href={tab.href} aria-current={tab.current ? "page" : undefined} scroll={false}>
          {tab.label}
          {tab.count === undefined ? null : <span className="n"> {tab.count}</span>}
        </Link>
      ))}
    </nav>
  );
}
