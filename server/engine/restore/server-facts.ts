import { MongoServerError, UUID, type MongoClient } from "mongodb";
import { isConnectionBroken } from "../source/connection-errors";

const COLLECTION_UUID_MISMATCH = 361;
/** Nothing lies there. */
const PROBE_NAME = "holdfast_probe";
const COLLECTION_UUID_SINCE_MAJOR = 6;

/** What a restore needs to know about the server that it writes to. */
export interface ServerFacts {
  major: number;
  minor: number;
  patch: number;
  hasSessions: boolean;
  isReplicaSet: boolean;
  /** `drop`, `renameCollection`, `collMod`, `createIndexes`, `insert` and others refuse a `collectionUUID` that is another's. */
  checksCollectionUuid: boolean;
}

export async function readServerFacts(client: MongoClient): Promise<ServerFacts> {
  const hello = await client.db("admin").command({ hello: 1 });
  const { version } = await client.db("admin").command({ buildInfo: 1 });
  const [major = 0, minor = 0, patch = 0] = String(version).split(/[.-]/).map(Number);
  return {
    major,
    minor,
    patch: Number.isNaN(patch) ? 0 : patch,
    hasSessions: typeof hello.logicalSessionTimeoutMinutes === "number",
    isReplicaSet: typeof hello.setName === "string",
    checksCollectionUuid: major >= COLLECTION_UUID_SINCE_MAJOR && (await refusesWrongUuid(client)),
  };
}

/**
 * Servers of others tell MongoDB's version and do not know the field: some ignore it, some refuse it. Where even this cannot be
 * asked, commands go without it.
 */
async function refusesWrongUuid(client: MongoClient): Promise<boolean> {
  try {
    await client.db("admin").command({ find: PROBE_NAME, limit: 1, singleBatch: true, collectionUUID: new UUID() });
    return false;
  } catch (error) {
    if (!(error instanceof MongoServerError) || isConnectionBroken(error)) throw error;
    return error.code === COLLECTION_UUID_MISMATCH;
  }
}

function isAtLeast({ major, minor, patch }: ServerFacts, wanted: [number, number, number]): boolean {
  if (major !== wanted[0]) return major > wanted[0];
  return minor !== wanted[1] ? minor > wanted[1] : patch >= wanted[2];
}

/** `insert` knows bypassEmptyTsReplacement from 8.0, 7.0.13, 6.0.17 and 5.0.29 on. */
export function knowsBypassEmptyTs(facts: ServerFacts): boolean {
  const since: Record<number, [number, number, number]> = { 5: [5, 0, 29], 6: [6, 0, 17], 7: [7, 0, 13] };
  return facts.major >= 8 || (since[facts.major] !== undefined && isAtLeast(facts, since[facts.major]!));
}

/** `collMod` can make an ordinary index expire documents from 5.1 on. */
export function canAddExpiryLater(facts: ServerFacts): boolean {
  return isAtLeast(facts, [5, 1, 0]);
}

/** Every command takes `comment` from 4.4 on. */
export function knowsComment(facts: ServerFacts): boolean {
  return isAtLeast(facts, [4, 4, 0]);
}

/** Writes that must survive a failover. Standalone servers know no majority. */
export function durableWrites(facts: ServerFacts): { writeConcern?: { w: "majority" } } {
  return facts.isReplicaSet ? { writeConcern: { w: "majority" } } : {};
}

/** Writes that a majority read sees as soon as they are answered. Replica sets do that by themselves from 5.0 on. */
export function readableWrites(facts: ServerFacts): { writeConcern?: { w: "majority" } } {
  return facts.major < 5 ? durableWrites(facts) : {};
}
