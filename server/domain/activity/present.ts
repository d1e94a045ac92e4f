import type { ActivityEntryModel } from "@/server/platform/db";
import type { ActivityView } from "./schema";
import { activityTitle } from "./titles";

function presentValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(presentValue).join(", ");
  return value === null || value === undefined ? "none" : String(value);
}

export function presentActivity(row: ActivityEntryModel, projectNames: ReadonlyMap<string, string>): ActivityView {
  const details = row.details && typeof row.details === "object" ? Object.entries(row.details) : [];
  return {
    id: row.id,
    sequence: Number(row.sequence),
    type: row.type,
    title: activityTitle(row.type),
    outcome: row.outcome,
    actor: { type: row.actorType, id: row.actorId, name: row.actorName },
    ip: row.ip,
    project: row.projectId ? { id: row.projectId, name: projectNames.get(row.projectId) ?? row.projectId } : null,
    cluster: row.clusterId ? { id: row.clusterId, name: row.clusterName ?? row.clusterId } : null,
    details: details.map(([name, value]) => ({ name, value: presentValue(value) })),
    at: row.createdAt,
    hash: Buffer.from(row.hash).toString("hex"),
  };
}
