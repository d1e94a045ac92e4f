/** The addresses of the portal, in one place. */
export const projectPath = (projectId: string, page = "overview") => `/projects/${projectId}/${page}`;

export const clusterPath = (projectId: string, clusterName: string) =>
  `/projects/${projectId}/clusters/${encodeURIComponent(clusterName)}`;

export const clusterBackupPath = (projectId: string, clusterName: string) =>
  `${clusterPath(projectId, clusterName)}/backup`;

export const snapshotPath = (projectId: string, clusterName: string, snapshotId: string) =>
  `${clusterBackupPath(projectId, clusterName)}/${snapshotId}`;

export const restorePath = (projectId: string, restoreId: string) => `/projects/${projectId}/restores/${restoreId}`;

export const reportPath = (projectId: string, restoreId: string) => `${restorePath(projectId, restoreId)}/report`;

/** The restore wizard, as far as the choices are known. */
export function newRestorePath(
  projectId: string,
  choices: { cluster?: string; snapshot?: string; targetProject?: string; target?: string } = {},
): string {
  const known = Object.entries(choices).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const query = new URLSearchParams(known).toString();
  return `/projects/${projectId}/restores/new${query ? `?${query}` : ""}`;
}

export const storagePath = (organizationId: string) => `/organizations/${organizationId}/storage`;

export const newTargetPath = (organizationId: string) => `${storagePath(organizationId)}/new`;

export const targetPath = (organizationId: string, targetId: string) =>
  `${storagePath(organizationId)}/targets/${targetId}`;

/** A printable page; only owners see it. */
export const recoveryKitPath = (organizationId: string, repositoryId: string) =>
  `${storagePath(organizationId)}/${repositoryId}/recovery-kit`;
