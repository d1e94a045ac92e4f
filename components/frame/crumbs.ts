export interface Crumb {
  label: string;
  href?: string;
}

export interface CrumbNames {
  organization?: { id: string; name: string };
  project?: { id: string; name: string };
}

const PAGES: Record<string, string> = {
  overview: "Overview",
  clusters: "Clusters",
  backup: "Backup",
  activity: "Activity",
  members: "Members",
  projects: "Projects",
  storage: "Storage",
};

/** The path in the top bar, from the address; the last crumb is the page itself and has no link. */
export function crumbsOf(pathname: string, { organization, project }: CrumbNames): Crumb[] {
  const [scope, , section = "", ...rest] = pathname.split("/").filter(Boolean).map(decodeURIComponent);
  if (scope === "account") return [{ label: "Account" }];
  if (scope === "organizations") return organizationCrumbs(organization, section, rest);
  if (!project || section === "") return [{ label: "Projects" }];
  const base = `/projects/${project.id}`;
  const home = { label: project.name, href: `${base}/overview` };
  if (section === "restores") return [home, { label: "Backup", href: `${base}/backup` }, ...restoreCrumbs(base, rest)];
  if (section === "clusters" && rest.length > 0) return [home, ...clusterCrumbs(base, rest)];
  const top = organization ? [{ label: organization.name, href: `/organizations/${organization.id}/clusters` }] : [];
  return [...top, home, { label: PAGES[section] ?? section }];
}

function organizationCrumbs(organization: CrumbNames["organization"], section: string, rest: string[]): Crumb[] {
  const label = section === "clusters" ? "All Clusters" : (PAGES[section] ?? section);
  if (!organization) return [{ label }];
  const base = `/organizations/${organization.id}`;
  const home = { label: organization.name, href: `${base}/projects` };
  if (section !== "storage" || rest.length === 0) return [home, { label }];
  return [home, { label, href: `${base}/storage` }, { label: storagePage(rest) }];
}

function storagePage([first, second]: string[]): string {
  if (first === "new") return "Add storage target";
  return second === "recovery-kit" ? "Recovery kit" : "Storage target";
}

function clusterCrumbs(base: string, [name = "", tab, snapshotId]: string[]): Crumb[] {
  const clusters = { label: "Clusters", href: `${base}/clusters` };
  if (name === "new") return [clusters, { label: "Create cluster" }];
  if (tab !== "backup") return [clusters, { label: name }];
  const backup = { label: "Backup", href: `${base}/backup` };
  if (!snapshotId) return [backup, { label: name }];
  return [backup, { label: name, href: `${base}/clusters/${encodeURIComponent(name)}/backup` }, { label: "Snapshot" }];
}

function restoreCrumbs(base: string, [id = "", tab]: string[]): Crumb[] {
  if (tab === "report") return [{ label: "Restore", href: `${base}/restores/${id}` }, { label: "Report" }];
  return [{ label: "Restore" }];
}
