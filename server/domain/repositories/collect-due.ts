import type { Db } from "@/server/platform/db";
import { databaseNow } from "./ledger";
import { collectRepository, type CollectOptions } from "./collect-repository";

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Collects in each repository whose turn it is: an hour after the last round where there is something to do (snapshots that
 * ended without being kept, packs that wait, a round that failed), else once a day. Any number of workers may call it.
 * Returns how many rounds it did.
 */
export async function collectDueRepositories(from: Db, options: CollectOptions = {}): Promise<number> {
  const repositories = await from.repository.findMany({ where: { target: { removedAt: null } }, select: { id: true } });
  const now = await databaseNow(from);
  let rounds = 0;
  for (const { id } of repositories) {
    if (options.signal?.aborted) break;
    if ((await isDue(from, id, now)) && (await collectRepository(from, id, options))) rounds += 1;
  }
  return rounds;
}

async function isDue(from: Db, repositoryId: string, now: Date): Promise<boolean> {
  const last = await from.garbageRound.findFirst({ where: { repositoryId }, orderBy: { startedAt: "desc" } });
  if (!last) return true;
  const ageMs = now.getTime() - last.startedAt.getTime();
  if (ageMs < HOUR_MS) return false;
  if (ageMs >= DAY_MS || last.errorCode !== null || last.finishedAt === null) return true;
  // A day back: a deleted snapshot's manifest may have waited for a run before there was anything to collect.
  const since = { gte: new Date(last.startedAt.getTime() - DAY_MS) };
  const [waiting, ended] = await Promise.all([
    from.repositoryPack.findFirst({ where: { repositoryId, condemned: true, storedBytes: { gt: 0 } } }),
    from.snapshot.findFirst({
      where: {
        repositoryId,
        OR: [{ deletedAt: since }, { status: { in: ["FAILED", "CANCELLED"] }, finishedAt: since }],
      },
      select: { id: true },
    }),
  ]);
  return waiting !== null || ended !== null;
}
