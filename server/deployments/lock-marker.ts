import type { Collection, MongoClient } from "mongodb";
import { MONGO_CODE, serverCode } from "./driver-errors";

/**
 * Who blocks a server's writes, kept on that server, because the server's own reason is a fixed list and our database
 * may be gone when somebody must know. `admin` takes writes during a block.
 */
export interface LockMarker {
  _id: "restore";
  runId: string;
  /** Which of the run's workers: a new one with every taking, so that one that lost the run no longer matches. */
  holder: string;
  owner: string;
  reason: string;
  acquiredAt: Date;
  heartbeatAt: Date;
}

export const LOCK_COLLECTION = "holdfast.lock";

const DURABLE = { writeConcern: { w: "majority" as const } };

function markers(client: MongoClient): Collection<LockMarker> {
  return client.db("admin").collection<LockMarker>(LOCK_COLLECTION);
}

export function findMarker(client: MongoClient): Promise<LockMarker | null> {
  return markers(client).findOne({ _id: "restore" });
}

/** False when there is a marker already. */
export async function insertMarker(client: MongoClient, marker: LockMarker): Promise<boolean> {
  try {
    await markers(client).insertOne(marker, DURABLE);
    return true;
  } catch (error) {
    if (serverCode(error) === MONGO_CODE.duplicateKey) return false;
    throw error;
  }
}

/** Who a marker must belong to: a run, and one of its workers where `holder` is given. */
export interface MarkerOwner {
  runId: string;
  holder?: string;
}

export async function removeMarker(client: MongoClient, owner: MarkerOwner): Promise<void> {
  await markers(client).deleteOne({ _id: "restore", ...owner }, DURABLE);
}

/** Makes the run's marker another worker's, whoever held it. False when it is no longer the run's. */
export async function takeOverMarker(client: MongoClient, runId: string, holder: string, at: Date): Promise<boolean> {
  const change = { $set: { holder, heartbeatAt: at } };
  const done = await markers(client).updateOne({ _id: "restore", runId }, change, DURABLE);
  return done.matchedCount === 1;
}

/** False when the marker is no longer this worker's. */
export async function touchMarker(client: MongoClient, owner: Required<MarkerOwner>, at: Date): Promise<boolean> {
  const done = await markers(client).updateOne({ _id: "restore", ...owner }, { $set: { heartbeatAt: at } });
  return done.matchedCount === 1;
}
