import { Timestamp, type MongoClient } from "mongodb";
import { DomainError } from "@/server/platform/errors/domain-error";
import { readCatalogue, type CatalogueEntry } from "./catalogue";
import { RawCursor, startReadSession } from "./raw-cursor";

/** The moment that a snapshot is true for, or why there is none. */
export type Moment = { kind: "snapshot"; seconds: number; increment: number } | { kind: "plain"; reason: string };

/** https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
const SNAPSHOT_TOO_OLD = 239;
const SNAPSHOT_UNAVAILABLE = 246;
const INVALID_OPTIONS = 72;
/** A collection went away under a cursor: QueryPlanKilled, NamespaceNotFound, CursorNotFound, CursorKilled. */
const SOURCE_CHANGED_CODES: ReadonlySet<unknown> = new Set([175, 26, 43, 237]);

/** True when the server cannot, or can no longer, read at the chosen moment. */
export function isMomentLost(error: unknown): error is Error {
  const code = (error as { code?: unknown }).code;
  return code === SNAPSHOT_TOO_OLD || code === SNAPSHOT_UNAVAILABLE || code === INVALID_OPTIONS;
}

/** A collection that vanished while being read means: try the whole again. */
export function toSourceError(error: unknown, namespace: string): unknown {
  if (!SOURCE_CHANGED_CODES.has((error as { code?: unknown }).code)) return error;
  return new DomainError("SNAPSHOT_SOURCE_CHANGED", {
    message: `${namespace} changed while it was read`,
    params: { namespace },
    cause: error,
  });
}

export interface ChosenMoment {
  moment: Moment;
  catalogue: CatalogueEntry[];
  /** Tells the server that the moment is no longer needed. Never throws. */
  release(): Promise<void>;
}

/** Nothing lies there; asking for it tells a moment on a deployment without collections. */
const PROBE_NAME = "holdfast_probe";
const CATALOGUE_TRIES = 5;
const CATALOGUE_PAUSE_MS = 200;

/**
 * Chooses one moment and the catalogue that belongs to it: the catalogue is read before and after the moment is taken,
 * and equal both times. Throws SNAPSHOT_SOURCE_CHANGED when collections keep changing.
 */
export async function chooseMoment(
  client: MongoClient,
  options: { hasSessions: boolean; snapshotReads: boolean; plainReason: string },
): Promise<ChosenMoment> {
  for (let tried = 1; ; tried += 1) {
    const before = await readCatalogue(client, options);
    const chosen = await readMoment(client, before, options);
    const after = await readCatalogue(client, options);
    if (JSON.stringify(before) === JSON.stringify(after)) return { ...chosen, catalogue: after };
    await chosen.release();
    if (tried === CATALOGUE_TRIES) {
      throw new DomainError("SNAPSHOT_SOURCE_CHANGED", {
        message: "collections are being created, changed or dropped",
      });
    }
    await new Promise((resolve) => setTimeout(resolve, CATALOGUE_PAUSE_MS));
  }
}

/**
 * The first snapshot read chooses the time and tells it; every later read is given that time. Its cursor stays open,
 * before its first document, until the end: that keeps the moment alive on servers that count who reads at it.
 */
async function readMoment(
  client: MongoClient,
  catalogue: CatalogueEntry[],
  options: { hasSessions: boolean; snapshotReads: boolean; plainReason: string },
): Promise<Omit<ChosenMoment, "catalogue">> {
  const plain = (reason: string): Omit<ChosenMoment, "catalogue"> => ({
    moment: { kind: "plain", reason },
    release: () => Promise.resolve(),
  });
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

/** What a find sends to read at the moment; null leaves it to the server. */
export function readConcernOf(moment: Moment): Record<string, unknown> | null {
  if (moment.kind === "plain") return null;
  return { level: "snapshot", atClusterTime: new Timestamp({ t: moment.seconds, i: moment.increment }) };
}
