import { observe } from "@/server/domain/clusters/observe-cluster";
import { expireSnapshots } from "@/server/domain/snapshots/expire-snapshots";
import { removeDeletedManifests } from "@/server/domain/snapshots/remove-manifests";
import type { Db } from "@/server/platform/db";
import { logger } from "@/server/platform/logger";

const EVERY_MS = 30_000;
/** A cluster's numbers are at most this old. */
const LOOK_AFTER_MS = 60_000;
const LOOKS_AT_ONCE = 20;
/** A session that ended stays listed nowhere; its row is kept for a while, for whoever asks who was where. */
const SESSIONS_KEPT_MS = 30 * 24 * 60 * 60_000;

/** Looks at clusters that nobody has looked at for a while, so that pages show what is so. */
async function lookAtClusters(db: Db, now: Date): Promise<void> {
  const before = new Date(now.getTime() - LOOK_AFTER_MS);
  const clusters = await db.cluster.findMany({
    where: { state: "IDLE", OR: [{ observedAt: null }, { observedAt: { lt: before } }] },
    orderBy: { observedAt: { sort: "asc", nulls: "first" } },
    select: { id: true },
    take: LOOKS_AT_ONCE,
  });
  await Promise.all(clusters.map(({ id }) => observe(db, id)));
}

/** One round of what keeps the database tidy; no storage is asked. Any number of workers may do it at once. */
export async function runUpkeep(db: Db, now: Date = new Date()): Promise<void> {
  const ended = await expireSnapshots(db, now);
  if (ended > 0) logger.info({ ended }, "snapshots expired");
  await lookAtClusters(db, now);
  await db.session.deleteMany({ where: { expiresAt: { lt: new Date(now.getTime() - SESSIONS_KEPT_MS) } } });
}

/**
 * Does a round now and then until the returned function is called. What waits for storages goes beside it in rounds of its
 * own, so that a silent one delays nothing else.
 */
export function startUpkeep(db: Db): () => Promise<void> {
  const stops = [
    startRounds(() => runUpkeep(db)),
    startRounds(async (signal) => void (await removeDeletedManifests(db, { signal }))),
  ];
  return async () => void (await Promise.all(stops.map((stop) => stop())));
}

function startRounds(work: (signal: AbortSignal) => Promise<void>): () => Promise<void> {
  const stopping = new AbortController();
  let round: Promise<unknown> = Promise.resolve();
  const next = (): void => {
    if (stopping.signal.aborted) return;
    round = work(stopping.signal).catch((error: unknown) => logger.warn({ err: error }, "upkeep could not be done"));
    void round.then(() => {
      if (!stopping.signal.aborted) timer = setTimeout(next, EVERY_MS);
    });
  };
  let timer: NodeJS.Timeout = setTimeout(next, EVERY_MS / 10);
  return async () => {
    stopping.abort();
    clearTimeout(timer);
    await round;
  };
}
