import { clusterBackupPath, newRestorePath, projectPath, snapshotPath } from "@/components/format/addresses";
import { reasonOf } from "@/components/access/reason";
import { utcShort } from "@/components/format/times";
import type { IconName } from "@/components/ui/icon-names";
import type { SearchResults } from "@/server/domain/search/schema";
import { organizationSections, projectSections } from "./sections";

export interface PaletteItem {
  key: string;
  group: string;
  label: string;
  aside: string;
  icon: IconName;
  href: string;
  /** What is missing to do it; the item is listed all the same. */
  reason?: string;
}

export interface PaletteScope {
  organization: { id: string; name: string } | null;
  project: { id: string; name: string } | null;
}

/** The pages of the present project and organization whose name holds the text. */
export function pageItems({ organization, project }: PaletteScope, text: string): PaletteItem[] {
  const sections = [
    ...(project ? projectSections(project.id).map((section) => ({ ...section, aside: project.name })) : []),
    ...(organization
      ? organizationSections(organization.id).map((section) => ({ ...section, aside: organization.name }))
      : []),
  ];
  const wanted = text.trim().toLowerCase();
  return sections
    .filter((section) => section.label.toLowerCase().includes(wanted))
    .map(({ href, label, icon, aside }) => ({ key: href, group: "Pages", label, aside, icon, href }));
}

const ACTIONS = {
  takeSnapshot: { words: "Take snapshot", icon: "camera" },
  restore: { words: "Restore", icon: "history" },
  createCluster: { words: "Create cluster", icon: "plus" },
  addMember: { words: "Add member", icon: "user-plus" },
} as const;

/** What the server found, as items with addresses. */
export function resultItems(results: SearchResults, organizationId: string): PaletteItem[] {
  return [
    ...results.actions.map((action) => ({
      key: `${action.id} ${action.cluster?.id ?? action.project.id}`,
      group: "Actions",
      label: action.cluster ? `${ACTIONS[action.id].words}: ${action.cluster.name}` : ACTIONS[action.id].words,
      aside: reasonOf(action.can) ?? action.project.name,
      icon: ACTIONS[action.id].icon,
      href: actionPath(action),
      reason: reasonOf(action.can),
    })),
    ...results.clusters.map((cluster) => ({
      key: cluster.id,
      group: "Clusters",
      label: cluster.name,
      aside: `${cluster.project.name}, ${cluster.tier}`,
      icon: "database" as const,
      href: clusterBackupPath(cluster.project.id, cluster.name),
    })),
    ...results.snapshots.map((snapshot) => ({
      key: snapshot.id,
      group: "Snapshots",
      label: `${snapshot.cluster.name}, ${utcShort(snapshot.createdAt)} UTC`,
      aside: snapshot.status.toLowerCase().replaceAll("_", " "),
      icon: "camera" as const,
      href: snapshotPath(snapshot.projectId, snapshot.cluster.name, snapshot.id),
    })),
    ...results.projects.map((project) => ({
      key: project.id,
      group: "Projects",
      label: project.name,
      aside: "",
      icon: "folder" as const,
      href: projectPath(project.id),
    })),
    ...results.people.map((person) => ({
      key: person.id,
      group: "People",
      label: person.name,
      aside: person.email,
      icon: "user" as const,
      href: `/organizations/${organizationId}/members`,
    })),
  ];
}

function actionPath({ id, cluster, project }: SearchResults["actions"][number]): string {
  switch (id) {
    case "takeSnapshot":
      return cluster ? clusterBackupPath(project.id, cluster.name) : projectPath(project.id, "backup");
    case "restore":
      return newRestorePath(project.id, { cluster: cluster?.name });
    case "createCluster":
      return projectPath(project.id, "clusters/new");
    case "addMember":
      return projectPath(project.id, "members");
  }
}
