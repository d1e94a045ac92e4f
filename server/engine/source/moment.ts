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
export function isMomentLost(error: unknown): boolean {
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

const CATALOGUE_TRIES = 5;
const CATALOGUE_PAUSE_MS = 200;

/**
 * Chooses one moment and the catalogue that belongs to it: the catalogue is read before and after the moment is taken,
 * and equal both times. Throws SNAPSHOT_SOURCE_CHANGED when collections keep changing.
 */
export async function chooseMoment(
  client: MongoClient,
  options: { hasSessions: boolean; snapshotReads: boolean; plainReason: string },
): Promise<{ moment: Moment; catalogue: CatalogueEntry[] }> {
  for (let tried = 1; ; tried += 1) {
    const before = await readCatalogue(client, options);
    const moment = await readMoment(client, before, options);
    const after = await readCatalogue(client, options);
    if (JSON.stringify(before) === JSON.stringify(after)) return { moment, catalogue: after };
    if (tried === CATALOGUE_TRIES) {
      throw new DomainError("SNAPSHOT_SOURCE_CHANGED", {
        message: "collections are being created, changed or dropped",
      });
    }
    await new Promise((resolve) => setTimeout(resolve, CATALOGUE_PAUSE_MS));
  }
}

/** The first snapshot read of a session chooses the time and tells it; every later read is given that time. */
async function readMoment(
  client: MongoClient,
  catalogue: CatalogueEntry[],
  options: { hasSessions: boolean; snapshotReads: boolean; plainReason: string },
): Promise<Moment> {
  if (!options.snapshotReads || !options.hasSessions) return { kind: "plain", reason: options.plainReason };
  const probe = catalogue.find((entry) => entry.type === "collection" && !entry.capped);
  const session = startReadSession(client, true);
  try {
    const name = probe?.storage ?? "holdfast_probe";
    const cursor = await RawCursor.open(
      client.db(probe?.database ?? "holdfast_probe"),
      name,
      { find: name, limit: 1, singleBatch: true, readConcern: { level: "snapshot" } },
      { session },
    );
    if (cursor.atClusterTime === null)
      return { kind: "plain", reason: "The server did not tell the moment of its snapshot." };
    return { kind: "snapshot", ...cursor.atClusterTime };
  } catch (error) {
    if (!isMomentLost(error)) throw error;
    return { kind: "plain", reason: `The server refused a snapshot read (${(error as Error).message}).` };
  } finally {
    await session?.endSession();
  }
}

/** What a find sends to read at the moment; null leaves it to the server. */
export function readConcernOf(moment: Moment): Record<string, unknown> | null {
  if (moment.kind === "plain") return null;
  return { level: "snapshot", atClusterTime: new Timestamp({ t: moment.seconds, i: moment.increment }) };
}
