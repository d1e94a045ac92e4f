import { countUse } from "@/server/auth/rate-limit";
import { db } from "@/server/platform/db";
import { isDomainError, type DomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { recordActivity, type Happening } from "./record-activity";

/** A client that tries again and again fills its own corner, not the feed. */
const REFUSALS_PER_WINDOW = 20;
const WINDOW_SECONDS = 600;

/** Kinds of error that say no to a person (as against something being broken). */
const REFUSING_KINDS: ReadonlySet<string> = new Set(["forbidden", "conflict", "invalid"]);

/** Adds a refusal to the feed. Never throws: the refusal itself must reach the person. */
export async function recordRefusal(happening: Omit<Happening, "outcome">, error: DomainError): Promise<void> {
  const { actor, projectId, organizationId, type } = happening;
  try {
    const key = `refusal:${actor.type}:${actor.id}:${projectId ?? organizationId}:${type}`;
    const { allowed } = await countUse({ key, limit: REFUSALS_PER_WINDOW, windowSeconds: WINDOW_SECONDS });
    if (!allowed) return;
    await db().$transaction((tx) =>
      recordActivity(tx, { ...happening, outcome: "REFUSED", details: { ...happening.details, code: error.code } }),
    );
  } catch (cause) {
    logger.error({ err: cause, type }, "a refusal could not be recorded");
  }
}

/** Runs work of consequence; what says no to the actor is recorded, and thrown on. */
export async function recordingRefusals<T>(happening: Omit<Happening, "outcome">, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isDomainError(error) && REFUSING_KINDS.has(error.kind)) await recordRefusal(happening, error);
    throw error;
  }
}
