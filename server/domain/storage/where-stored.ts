import type { ProjectScope } from "@/server/access/require-permission";
import { db, type Tx } from "@/server/platform/db";
import { getCluster } from "../clusters/find-cluster";
import { findTargetFor } from "./find-target";
import { describePlace } from "./present";
import type { StoragePlace } from "./schema";

function presentPlace(target: {
  id: string;
  name: string;
  kind: StoragePlace["kind"];
  location: string | null;
}): StoragePlace {
  return { targetId: target.id, name: target.name, kind: target.kind, ...placeOnly(target.location) };
}

const placeOnly = (location: string | null) => ({ place: describePlace(location).place });

/** Where the next snapshot of a cluster goes. Throws CLUSTER_NOT_FOUND. */
export async function getNextPlace(project: ProjectScope, clusterId: string): Promise<StoragePlace> {
  const cluster = await getCluster(project, clusterId);
  return presentPlace(await findTargetFor(db(), project.organizationId, cluster));
}

/** Where a stored snapshot lies; null before it is stored. */
export async function findPlaceOf(repositoryId: string | null, from: Tx = db()): Promise<StoragePlace | null> {
  if (repositoryId === null) return null;
  const repository = await from.repository.findUnique({ where: { id: repositoryId }, include: { target: true } });
  return repository && presentPlace(repository.target);
}
