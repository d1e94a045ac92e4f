import type { Db, Tx } from "@/server/platform/db";

/**
 * Keeps of a project's snapshots what says that their manifests may go, failed ones' leftovers included: called before
 * their rows are deleted, which without it would leave manifests that no row explains.
 */
export async function rememberLeaving(tx: Tx, projectId: string): Promise<void> {
  await tx.$executeRaw`
    insert into "LeavingSnapshot" (id, "repositoryId", "deletedAt")
    select id, "repositoryId", coalesce("deletedAt", clock_timestamp()) from "Snapshot"
    where "projectId" = ${projectId} and "repositoryId" is not null
    on conflict (id) do update set "repositoryId" = excluded."repositoryId", "deletedAt" = excluded."deletedAt"`;
}

/** Snapshots of deleted projects of which the repository may still hold manifests, with the moment of their deletion. */
export async function listLeaving(from: Db | Tx, repositoryId: string): Promise<Map<string, Date>> {
  const rows = await from.leavingSnapshot.findMany({ where: { repositoryId } });
  return new Map(rows.map(({ id, deletedAt }) => [id, deletedAt]));
}

/** Called when it is known that the repository holds no manifest of them. */
export async function forgetLeaving(from: Db, ids: readonly string[]): Promise<void> {
  await from.$executeRaw`delete from "LeavingSnapshot" where id = any(${[...ids]})`;
}
