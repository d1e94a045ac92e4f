import { db, type Db, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";

export interface RateRule {
  /** What is counted: "sign-in:mail:…". */
  key: string;
  limit: number;
  windowSeconds: number;
}

/** Every so many uses, windows that are over are cleared away. */
const USES_BETWEEN_CLEANUPS = 100;
let uses = 0;

/**
 * Counts one use and says whether it is still within the limit. A fixed window that begins at the first use; counted
 * in PostgreSQL, so every web process sees the same number.
 */
export async function countUse(
  rule: RateRule,
  on: Db | Tx = db(),
): Promise<{ allowed: boolean; retryAfterSeconds: number }> {
  const rows = await on.$queryRaw<Array<{ count: number; wait: number }>>`
    insert into "RateLimit" (key, count, "expiresAt")
    values (${rule.key}, 1, now() + ${rule.windowSeconds} * interval '1 second')
    on conflict (key) do update set
      count = case when "RateLimit"."expiresAt" <= now() then 1 else "RateLimit".count + 1 end,
      "expiresAt" = case when "RateLimit"."expiresAt" <= now() then excluded."expiresAt" else "RateLimit"."expiresAt" end
    returning count, ceil(extract(epoch from "expiresAt" - now()))::int as wait`;
  if (++uses % USES_BETWEEN_CLEANUPS === 0) {
    await on.$executeRaw`delete from "RateLimit" where "expiresAt" < now() - interval '1 minute'`;
  }
  const row = rows[0];
  return { allowed: (row?.count ?? 1) <= rule.limit, retryAfterSeconds: Math.max(1, row?.wait ?? 1) };
}

/** Counts one use for each rule; throws RATE_LIMITED when one of them is over its limit. */
export async function assertWithinRate(rules: readonly RateRule[]): Promise<void> {
  for (const rule of rules) {
    const { allowed, retryAfterSeconds } = await countUse(rule);
    if (!allowed) {
      throw new DomainError("RATE_LIMITED", {
        message: `more than ${rule.limit} uses of ${rule.key.split(":").slice(0, 2).join(":")}`,
        params: { retryAfterSeconds },
      });
    }
  }
}

/** Forgets what was counted: after a success. */
export async function forgetUses(keys: readonly string[]): Promise<void> {
  await db().rateLimit.deleteMany({ where: { key: { in: [...keys] } } });
}
