import type { Collection, MongoClient } from "mongodb";
import { MONGO_CODE, serverCode } from "./driver-errors";

/**
 * Who blocks a server's writes, kept on that server, because the server's own reason is a fixed list and our database
 * may be gone when somebody must know. `admin` takes writes during a block.
 */
export interface LockMarker {
  _id: "restore";
  runId: string;
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

export async function removeMarker(client: MongoClient, runId: string): Promise<void> {
  await markers(client).deleteOne({ _id: "restore", runId }, DURABLE);
}

/** False when the marker is no longer this run's. */
export async function touchMarker(client: MongoClient, runId: string, at: Date): Promise<boolean> {
  const done = await markers(client).updateOne({ _id: "restore", runId }, { $set: { heartbeatAt: at } });
  return done.matchedCount === 1;
}
