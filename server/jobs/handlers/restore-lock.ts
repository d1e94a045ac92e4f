import type { MongoClient } from "mongodb";
import { findMarker } from "@/server/deployments/lock-marker";
import { readWriteBlock } from "@/server/deployments/write-block";
import { WriteLock } from "@/server/deployments/write-lock";
import type { Db } from "@/server/platform/db";
import { isUniqueViolation } from "@/server/platform/db";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
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

/** A lock that is over, for the report. */
export interface PastLock {
  since: Date;
  serverSide: boolean;
  until: Date;
  /** Lifted by us and read back; false: it was gone, and nobody knows since when. */
  released: boolean;
}

/**
 * Both halves of the lock on a target: the row, unique for each server, and the block on the server itself. The row
 * comes first and goes last, so whatever blocks a server is known here. Taking it again for the same run is how a
 * second worker goes on. The signal is aborted with WRITE_BLOCK_NOT_OURS when somebody else lifted the block: from then
 * on others may have written.
 */
export class RestoreLock {
  readonly since: Date;
  readonly serverSide: boolean;
  readonly #options: LockOptions;
  readonly #lock: WriteLock;
  readonly #abort = new AbortController();
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

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async #beat(): Promise<void> {
    const { db, serverKey, runId } = this.#options;
    try {
      await db.serverLock.updateMany({ where: { serverKey, runId }, data: { heartbeatAt: new Date() } });
      await this.assertBlocked();
    } catch (error) {
      logger.warn({ err: error, runId }, "the lock of a restore could not say that it is alive");
      if (isDomainError(error, "WRITE_BLOCK_NOT_OURS")) this.#abort.abort(error);
    }
  }

  /** Says that the restore is alive. Throws WRITE_BLOCK_NOT_OURS when marker or block are gone or somebody else's. */
  async assertBlocked(): Promise<void> {
    await this.#lock.heartbeat();
    if (this.serverSide && (await readWriteBlock(this.#options.client)) !== "on") {
      throw new DomainError("WRITE_BLOCK_NOT_OURS", { message: "somebody else lifted the write block" });
    }
  }

  /** Stops speaking for the lock and leaves it: another worker goes on with it. */
  leave(): void {
    clearInterval(this.#timer);
  }

  /**
   * Ends the block, read back from the server; the row goes with the transaction that settles the run. False when there
   * was none any more. Throws WRITE_BLOCK_NOT_OURS when the server is blocked, and not by us.
   */
  async release(): Promise<boolean> {
    clearInterval(this.#timer);
    const { client, runId } = this.#options;
    const isThere = (await findMarker(client))?.runId === runId;
    await this.#lock.release();
    return isThere;
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
