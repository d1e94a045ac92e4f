import type { Actor } from "@/server/access/actor";
import type { Prisma, Tx } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";
import { CHAIN_START, hashEntry } from "./chain";

export interface Happening {
  organizationId: string;
  projectId?: string | null;
  /** One of ACTIVITY_TITLES; the type is wide because stored types outlive releases. */
  type: string;
  outcome?: "DONE" | "REFUSED" | "FAILED";
  actor: Actor;
  cluster?: { id: string; name: string } | null;
  /** Ids and words, never secrets. */
  details?: Record<string, string | number | boolean | null | string[]>;
}

const ACTOR_TYPES = { user: "USER", apiKey: "API_KEY", system: "SYSTEM" } as const;
/** Serializes the writers of one organization's chain; the first of the two keys of an advisory lock. */
const CHAIN_LOCK = 0x686f6c64;

/**
 * Adds an entry to the organization's chain, in the transaction of what it tells of: both become true or neither.
 * Writers of one organization wait for each other from here to their commit, so call it last.
 */
export async function recordActivity(tx: Tx, happening: Happening): Promise<{ sequence: bigint; hash: Buffer }> {
  const { organizationId, actor } = happening;
  await tx.$executeRaw`select pg_advisory_xact_lock(${CHAIN_LOCK}::int, hashtext(${organizationId}))`;
  const last = await tx.activityEntry.findFirst({
    where: { organizationId },
    orderBy: { sequence: "desc" },
    select: { sequence: true, hash: true },
  });
  const createdAt = new Date();
  const facts = {
    id: newId(createdAt),
    sequence: (last?.sequence ?? 0n) + 1n,
    organizationId,
    projectId: happening.projectId ?? null,
    type: happening.type,
    outcome: happening.outcome ?? "DONE",
    actorType: ACTOR_TYPES[actor.type],
    actorId: actor.id === "" ? null : actor.id,
    actorName: actor.name,
    ip: actor.ip,
    clusterId: happening.cluster?.id ?? null,
    clusterName: happening.cluster?.name ?? null,
    details: (happening.details ?? {}) as Prisma.InputJsonObject,
    createdAt,
  };
  const previousHash = last ? Buffer.from(last.hash) : CHAIN_START;
  const hash = hashEntry(previousHash, facts);
  await tx.activityEntry.create({ data: { ...facts, previousHash, hash } });
  return { sequence: facts.sequence, hash };
}
