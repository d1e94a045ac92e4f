import { createHash } from "node:crypto";

/** The facts of an entry that its hash covers. */
export interface SealedFacts {
  id: string;
  sequence: bigint;
  organizationId: string;
  projectId: string | null;
  type: string;
  outcome: string;
  actorType: string;
  actorId: string | null;
  actorName: string;
  ip: string | null;
  clusterId: string | null;
  clusterName: string | null;
  details: unknown;
  createdAt: Date;
}

/** What the first entry of an organization follows. */
export const CHAIN_START = Buffer.alloc(32);

/** JSON with the keys of every object in order, so that equal details give equal bytes (jsonb keeps no order). */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** The hash of an entry: over the hash before it and everything it says. */
export function hashEntry(previousHash: Uint8Array, facts: SealedFacts): Buffer<ArrayBuffer> {
  const content = canonicalJson([
    facts.id,
    facts.sequence.toString(),
    facts.organizationId,
    facts.projectId,
    facts.type,
    facts.outcome,
    facts.actorType,
    facts.actorId,
    facts.actorName,
    facts.ip,
    facts.clusterId,
    facts.clusterName,
    facts.details,
    facts.createdAt.toISOString(),
  ]);
  return createHash("sha256").update(previousHash).update(content).digest() as Buffer<ArrayBuffer>;
}
