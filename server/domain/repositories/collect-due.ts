import { setTimeout as sleep } from "node:timers/promises";
import type { Db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { databaseNow } from "./ledger";
import { collectRepository, type CollectOptions } from "./collect-repository";

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const ROUND_MS_MAX = 30 * 60_000;
/** How long a round that was told to end may take for it, before nobody waits for it any more. */
const ENDING_MS_MAX = 30_000;

interface CollectDueOptions extends CollectOptions {
  /** How long a round in one repository may take; half an hour unless told otherwise. */
  roundMsMax?: number;
  /** Told to end, it may take this long; half a minute unless told otherwise. */
  endingMsMax?: number;
  /**
   * When the worker began, by the database's clock. The database may have been replaced by an older copy while no worker ran,
   * whose index a round makes agree with the storage: a repository whose last round began before is due.
   */
  workerSince?: Date;
}

/**
 * Collects in each repository whose turn it is: an hour after the last round where there is something to do (snapshots that
 * ended without being kept, packs that wait, a round that failed, a worker that began since), else once a day. A round that takes too long is ended, so
 * that a slow storage does not keep the others from their turn; the next goes on from there. Any number of workers may call
 * it. Returns how many rounds it did.
 */
export async function collectDueRepositories(from: Db, options: CollectDueOptions = {}): Promise<number> {
  const { workerSince = new Date(0), ...each } = options;
  const repositories = await from.repository.findMany({ where: { target: { removedAt: null } }, select: { id: true } });
  const now = await databaseNow(from);
  let rounds = 0;
  for (const { id } of repositories) {
    if (options.signal?.aborted) break;
    if ((await isDue(from, id, now, workerSince)) && (await collectWithinTime(from, id, each))) rounds += 1;
  }
  return rounds;
}

/** False also when the round still hangs in its storage after its time: its lock keeps others away until it ends. */
async function collectWithinTime(
  from: Db,
  repositoryId: string,
  options: Omit<CollectDueOptions, "workerSince">,
): Promise<boolean> {
  const { roundMsMax = ROUND_MS_MAX, endingMsMax = ENDING_MS_MAX, signal, ...rest } = options;
  const tooLong = new AbortController();
  const message = `the round took longer than ${Math.round(roundMsMax / 60_000)} minutes`;
  const timer = setTimeout(() => tooLong.abort(new DomainError("STORAGE_UNAVAILABLE", { message })), roundMsMax);
  const both = signal ? AbortSignal.any([signal, tooLong.signal]) : tooLong.signal;
  const round = collectRepository(from, repositoryId, { ...rest, signal: both });
  const giveUp = new AbortController();
  try {
    const ended = round.then((row) => row !== null);
    const leave = sleep(roundMsMax + endingMsMax, null, { signal: giveUp.signal }).catch(() => null);
    const done = await Promise.race([ended, leave]);
    if (done !== null) return done;
    logger.warn({ repositoryId }, "the collection of garbage hangs in its storage; others go first");
    ended.catch((error: unknown) => logger.warn({ err: error, repositoryId }, "garbage could not be collected"));
    return false;
  } finally {
    clearTimeout(timer);
    giveUp.abort();
  }
}

async function isDue(from: Db, repositoryId: string, now: Date, workerSince: Date): Promise<boolean> {
  const last = await from.garbageRound.findFirst({ where: { repositoryId }, orderBy: { startedAt: "desc" } });
  if (!last) return true;
  const ageMs = now.getTime() - last.startedAt.getTime();
  if (ageMs < HOUR_MS) return false;
  if (last.startedAt < workerSince) return true;
  if (ageMs >= DAY_MS || last.errorCode !== null || last.finishedAt === null) return true;
  // A day back: a deleted snapshot's manifest may have waited for a run before there was anything to collect.
  const since = { gte: new Date(last.startedAt.getTime() - DAY_MS) };
  const [waiting, leaving, ended] = await Promise.all([
    from.repositoryPack.findFirst({ where: { repositoryId, condemned: true, storedBytes: { gt: 0 } } }),
    from.leavingSnapshot.findFirst({ where: { repositoryId, deletedAt: since } }),
    from.snapshot.findFirst({
      where: {
        repositoryId,
        OR: [{ deletedAt: since }, { status: { in: ["FAILED", "CANCELLED"] }, finishedAt: since }],
      },
      select: { id: true },
    }),
  ]);
  return waiting !== null || leaving !== null || ended !== null;
}
