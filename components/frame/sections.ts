import type { IconName } from "@/components/ui/icon-names";

export interface SectionLink {
  href: string;
  label: string;
  icon: IconName;
  /** Other addresses that belong to it, as beginnings. */
  also?: readonly string[];
}

export function projectSections(projectId: string): SectionLink[] {
  const base = `/projects/${projectId}`;
  return [
    { href: `${base}/overview`, label: "Overview", icon: "house" },
    { href: `${base}/clusters`, label: "Clusters", icon: "database" },
    { href: `${base}/backup`, label: "Backup", icon: "history", also: [`${base}/restores`] },
    { href: `${base}/activity`, label: "Activity", icon: "activity" },
    { href: `${base}/members`, label: "Members", icon: "users" },
  ];
}

export function organizationSections(organizationId: string): SectionLink[] {
  const base = `/organizations/${organizationId}`;
  return [
    { href: `${base}/clusters`, label: "All Clusters", icon: "layout-grid" },
    { href: `${base}/projects`, label: "Projects", icon: "folder" },
    { href: `${base}/storage`, label: "Storage", icon: "hard-drive" },
    { href: `${base}/members`, label: "Members", icon: "users" },
    { href: `${base}/activity`, label: "Activity", icon: "activity" },
  ];
}

/** Whether the address belongs to the section. A cluster's backup page is part of Backup, not of Clusters. */
export function isCurrentSection(section: SectionLink, pathname: string): boolean {
  const backupOfCluster = /^\/projects\/[^/]+\/clusters\/[^/]+\/backup(\/|$)/.test(pathname);
  if (backupOfCluster) return section.href.endsWith("/backup");
  return [section.href, ...(section.also ?? [])].some((href) => pathname === href || pathname.startsWith(`${href}/`));
}
