import type { MongoClient } from "mongodb";
import { setTimeout as pause } from "node:timers/promises";
import { abortError } from "./abort";
import { readCatalogue, type CatalogueEntry } from "./catalogue";
import { compareCatalogues } from "./compare-catalogues";
import { isMomentLost, type Moment } from "./moment";
import { isEarlier, RawCursor, startReadSession, type ClusterTime } from "./raw-cursor";

export interface ChosenMoment {
  moment: Moment;
  catalogue: CatalogueEntry[];
  /** Why the catalogue is not all that there was at the moment; empty where it is. */
  reasons: string[];
  /** Tells the server that the moment is no longer needed. Never throws. */
  release(): Promise<void>;
}

/** Nothing lies there; asking for it tells a moment on a deployment without collections. */
const PROBE_NAME = "holdfast_probe";
const CATALOGUE_TRIES = 5;
const CATALOGUE_PAUSE_MS = 200;
/** Collections that a reason names. */
const NAMES_MAX = 5;
/** How long a majority may take to apply what the primary has: some 6 seconds. */
const MAJORITY_PAUSES_MS = [20, 50, 100, 200, 400, 800, 1600, 3200];

interface ChooseMoment {
  hasSessions: boolean;
  snapshotReads: boolean;
  plainReason: string;
  signal: AbortSignal;
}

/**
 * Chooses one moment and the catalogue that belongs to it: the catalogue is read before and after the moment is taken,
 * and equal both times. Where that does not come about, collections that came or went in between are left out, and
 * where others changed there is no moment; either is said. Throws RUN_CANCELLED and what the driver throws.
 */
export async function chooseMoment(client: MongoClient, options: ChooseMoment): Promise<ChosenMoment> {
  for (let tried = 1; ; tried += 1) {
    const before = await readTimedCatalogue(client, options);
    const chosen = await readMomentFrom(client, before, options);
    if (chosen.moment.kind === "plain") return { ...chosen, catalogue: before.entries, reasons: [] };
    const after = await readCatalogue(client, options);
    const { same, cameOrWent, changed } = compareCatalogues(before.entries, after);
    const isLastTry = tried === CATALOGUE_TRIES;
    if (changed.length === 0 && (cameOrWent.length === 0 || isLastTry))
      return { ...chosen, catalogue: same, reasons: leftOut(cameOrWent) };
    await chosen.release();
    if (isLastTry) {
      const reason = `Collections changed again and again while a moment was chosen: ${shortList(changed)}.`;
      return { ...plain(reason), catalogue: after, reasons: [] };
    }
    await wait(CATALOGUE_PAUSE_MS, options.signal);
  }
}

function leftOut(names: string[]): string[] {
  if (names.length === 0) return [];
  return [`Left out, because they came or went while the moment was chosen: ${shortList(names)}.`];
}

function shortList(names: string[]): string {
  const more = names.length - NAMES_MAX;
  return names.slice(0, NAMES_MAX).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

interface TimedCatalogue {
  entries: CatalogueEntry[];
  /** Nothing in the entries is newer; null where the server tells no times. */
  readAt: ClusterTime | null;
}

async function readTimedCatalogue(
  client: MongoClient,
  { hasSessions }: { hasSessions: boolean },
): Promise<TimedCatalogue> {
  let readAt: ClusterTime | null = null;
  const onReply = (time: ClusterTime | null): void => {
    if (time !== null && (readAt === null || isEarlier(readAt, time))) readAt = time;
  };
  const entries = await readCatalogue(client, { hasSessions, onReply });
  return { entries, readAt };
}

type OpenMoment = Pick<ChosenMoment, "moment" | "release">;

const plain = (reason: string): OpenMoment => ({
  moment: { kind: "plain", reason },
  release: () => Promise.resolve(),
});

/**
 * A moment that is not before the catalogue. The catalogue shows what this node has, a snapshot what the majority has:
 * for a short while, or while members are away, that is older, and names of the one mean nothing in the other.
 */
async function readMomentFrom(
  client: MongoClient,
  { entries, readAt }: TimedCatalogue,
  options: ChooseMoment,
): Promise<OpenMoment> {
  for (const pauseMs of [...MAJORITY_PAUSES_MS, null]) {
    const chosen = await readMoment(client, entries, options);
    if (chosen.moment.kind === "plain" || readAt === null || !isEarlier(chosen.moment, readAt)) return chosen;
    await chosen.release();
    if (pauseMs !== null) await wait(pauseMs, options.signal);
  }
  return plain("The majority of the replica set stays behind its primary.");
}

/**
 * The first snapshot read chooses the time and tells it; every later read is given that time. Its cursor stays open,
 * before its first document, until the end: that keeps the moment alive on servers that count who reads at it.
 */
async function readMoment(
  client: MongoClient,
  catalogue: CatalogueEntry[],
  options: ChooseMoment,
): Promise<OpenMoment> {
  if (!options.snapshotReads || !options.hasSessions) return plain(options.plainReason);
  const probe = catalogue.find((entry) => entry.type === "collection" && !entry.capped);
  const [database, find] = [probe?.database ?? PROBE_NAME, probe?.storage ?? PROBE_NAME];
  const session = startReadSession(client, true);
  const command = { find, batchSize: 0, readConcern: { level: "snapshot" } };
  try {
    const cursor = await RawCursor.open(client.db(database), find, command, { session });
    const release = async (): Promise<void> => {
      await cursor.close();
      await session?.endSession();
    };
    if (cursor.atClusterTime !== null) return { moment: { kind: "snapshot", ...cursor.atClusterTime }, release };
    await release();
    return plain("The server did not tell the moment of its snapshot.");
  } catch (error) {
    await session?.endSession();
    if (!isMomentLost(error)) throw error;
    return plain(`The server refused a snapshot read (${(error as Error).message}).`);
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {
    throw abortError(signal);
  });
}
