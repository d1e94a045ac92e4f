import type { MongoClient } from "mongodb";
import { WriteLock } from "@/server/deployments/write-lock";
import type { Db } from "@/server/platform/db";
import { isUniqueViolation } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";

const HEARTBEAT_MS = 5_000;

export interface LockOptions {
  db: Db;
  client: MongoClient;
  serverKey: string;
  clusterId: string;
  runId: string;
  owner: string;
  reason: string;
  /** The person accepted that the server cannot block writes. */
  acceptUnblocked: boolean;
  canBlock: boolean;
}

/**
 * Both halves of the lock on a target: the row, unique for each server, and the block on the server itself. The row
 * comes first and goes last, so whatever blocks a server is known here. Taking it again for the same run is how a
 * second worker goes on.
 */
export class RestoreLock {
  readonly since: Date;
  readonly serverSide: boolean;
  readonly #options: LockOptions;
  readonly #lock: WriteLock;
  #timer: NodeJS.Timeout;

  private constructor(options: LockOptions, lock: WriteLock, since: Date) {
    this.#options = options;
    this.#lock = lock;
    this.since = since;
    this.serverSide = lock.blocksWrites;
    this.#timer = setInterval(() => void this.#beat(), HEARTBEAT_MS);
  }

  /** Throws ATLAS_CLUSTER_RESTORE_IN_PROGRESS, WRITE_BLOCK_NOT_OURS, WRITE_BLOCK_UNSUPPORTED. */
  static async take(options: LockOptions): Promise<RestoreLock> {
    const { db, client, runId, serverKey } = options;
    const { since, isNew } = await takeRow(options);
    try {
      const withoutBlock = !options.canBlock && options.acceptUnblocked;
      const lock = await WriteLock.acquire(client, {
        runId,
        owner: options.owner,
        reason: options.reason,
        withoutBlock,
      });
      await db.serverLock.updateMany({ where: { serverKey, runId }, data: { serverSide: lock.blocksWrites } });
      return new RestoreLock(options, lock, since);
    } catch (error) {
      // A row of an earlier worker stays: the server may still be blocked by it.
      if (isNew) await db.serverLock.deleteMany({ where: { serverKey, runId } });
      throw error;
    }
  }

  async #beat(): Promise<void> {
    const { db, serverKey, runId } = this.#options;
    try {
      await db.serverLock.updateMany({ where: { serverKey, runId }, data: { heartbeatAt: new Date() } });
      await this.#lock.heartbeat();
    } catch (error) {
      logger.warn({ err: error, runId }, "the lock of a restore could not say that it is alive");
    }
  }

  /** Stops speaking for the lock and leaves it: another worker goes on with it. */
  leave(): void {
    clearInterval(this.#timer);
  }

  /** Ends the block, read back from the server; the row goes with the transaction that settles the run. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#lock.release();
  }
}

async function takeRow(options: LockOptions): Promise<{ since: Date; isNew: boolean }> {
  const { db, serverKey, clusterId, runId, reason } = options;
  try {
    const row = await db.serverLock.create({ data: { serverKey, clusterId, runId, reason } });
    return { since: row.createdAt, isNew: true };
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const present = await db.serverLock.findUnique({ where: { serverKey } });
    if (present?.runId === runId) return { since: present.createdAt, isNew: false };
    throw new DomainError("ATLAS_CLUSTER_RESTORE_IN_PROGRESS", { params: { runId: present?.runId ?? null } });
  }
}
