import type { MongoClient } from "mongodb";
import { systemClock, type Clock } from "@/server/platform/clock";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { toDeploymentError } from "./driver-errors";
import {
  findMarker,
  insertMarker,
  removeMarker,
  takeOverMarker,
  touchMarker,
  type LockMarker,
  type MarkerOwner,
} from "./lock-marker";
import { readWriteBlock, setWriteBlock } from "./write-block";

/**
 * The block on the server itself that keeps every client but ours from writing during a restore.
 *
 *   acquire   read the state -> marker (durable) -> block on -> read back
 *   release   block off -> read back -> marker removed
 *
 * Whatever moment a process dies at, the marker says whose block it is, so that another can release it. A block
 * without our marker, or with another run's, is never lifted and never joined. Of one run's workers the last one that
 * took the lock holds it.
 */
export interface LockRequest {
  runId: string;
  /** Who, for people: the person or the portal's name. */
  owner: string;
  reason: string;
  /** For servers that cannot block: set the marker alone, because the person decided so. */
  withoutBlock?: boolean;
  clock?: Clock;
}

/** A marker of another run counts as abandoned after this long without a heartbeat, where nothing is blocked. */
const MARKER_STALE_MS = 120_000;

export class WriteLock {
  private constructor(
    private readonly client: MongoClient,
    readonly runId: string,
    private readonly holder: string,
    /** False when the server cannot block and only the marker was set. */
    readonly blocksWrites: boolean,
    private readonly clock: Clock,
  ) {}

  /**
   * Blocks writes for this run; the same run may call it again after its worker died. Throws WRITE_BLOCK_NOT_OURS,
   * ATLAS_CLUSTER_RESTORE_IN_PROGRESS (another run's marker is alive), WRITE_BLOCK_UNSUPPORTED, or what
   * toDeploymentError makes of a failure. When it throws, nothing stays blocked that was not blocked before: what an earlier
   * worker of the run had blocked stays so, because the data behind it may be half old and half new.
   */
  static async acquire(client: MongoClient, request: LockRequest): Promise<WriteLock> {
    const clock = request.clock ?? systemClock;
    try {
      const state = await readWriteBlock(client);
      const holder = newId();
      const isTakenOver = await claimMarker(client, request, { state, holder, now: clock.now() });
      const blocks = request.withoutBlock !== true;
      const lock = new WriteLock(client, request.runId, holder, blocks, clock);
      try {
        if (blocks) await switchOn(client, state);
      } catch (error) {
        if (!isTakenOver) await lock.release().catch(() => undefined);
        throw error;
      }
      return lock;
    } catch (error) {
      throw toDeploymentError(error, "setUserWriteBlockMode");
    }
  }

  /**
   * Says that the run is alive. Throws WRITE_BLOCK_NOT_OURS when the marker is gone or somebody else's, be it another
   * worker of the same run.
   */
  async heartbeat(): Promise<void> {
    const owner = { runId: this.runId, holder: this.holder };
    if (!(await touchMarker(this.client, owner, this.clock.now()))) throw notOurs(await findMarker(this.client));
  }

  /**
   * Ends the block, verified on the server. May be called again; throws when the server still blocks afterwards, and
   * WRITE_BLOCK_NOT_OURS without touching anything when the lock is another worker's by now.
   */
  async release(): Promise<void> {
    try {
      const outcome = await releaseOwnLock(this.client, this.runId, this.holder);
      if (outcome === "notOurs") throw notOurs(await findMarker(this.client));
    } catch (error) {
      throw toDeploymentError(error, "setUserWriteBlockMode");
    }
  }
}

/**
 * Lifts our own block with nothing but the server: `runId` null lifts whichever run's it is, `holder` left out whichever
 * worker's. "notOurs": writes are blocked by somebody else, or by another one than the one given; nothing was changed.
 */
export async function releaseOwnLock(
  client: MongoClient,
  runId: string | null,
  holder?: string,
): Promise<"released" | "notLocked" | "notOurs"> {
  const marker = await findMarker(client);
  const state = await readWriteBlock(client);
  if (marker === null) return state === "on" ? "notOurs" : "notLocked";
  if (runId !== null && marker.runId !== runId) return "notOurs";
  if (holder !== undefined && marker.holder !== holder) return "notOurs";
  if (state === "on") {
    await setWriteBlock(client, false);
    await assertBlock(client, "off");
  }
  await removeMarker(client, ownerOf(marker));
  return "released";
}

async function switchOn(client: MongoClient, state: "off" | "on" | "unsupported"): Promise<void> {
  if (state === "unsupported") {
    throw new DomainError("WRITE_BLOCK_UNSUPPORTED", { message: "the server has no write block" });
  }
  await setWriteBlock(client, true);
  await assertBlock(client, "on");
}

/** Takes the marker for this run, or throws because it cannot be. True when an earlier worker of the run had it. */
async function claimMarker(
  client: MongoClient,
  request: LockRequest,
  { state, holder, now }: { state: "off" | "on" | "unsupported"; holder: string; now: Date },
): Promise<boolean> {
  const marker: LockMarker = {
    _id: "restore",
    runId: request.runId,
    holder,
    owner: request.owner,
    reason: request.reason,
    acquiredAt: now,
    heartbeatAt: now,
  };
  const present = await findMarker(client);
  if (present?.runId === request.runId && (await takeOverMarker(client, request.runId, holder, now))) return true;
  if (state === "on") throw notOurs(present);
  if (present !== null) {
    if (now.getTime() - present.heartbeatAt.getTime() < MARKER_STALE_MS) throw restoreRunning(present);
    await removeMarker(client, ownerOf(present));
  }
  if (!(await insertMarker(client, marker))) throw restoreRunning(await findMarker(client));
  return false;
}

/** A marker of an older release has no holder. */
function ownerOf({ runId, holder }: LockMarker): MarkerOwner {
  return { runId, ...((holder as string | undefined) === undefined ? {} : { holder }) };
}

async function assertBlock(client: MongoClient, expected: "on" | "off"): Promise<void> {
  const state = await readWriteBlock(client);
  if (state !== expected) {
    throw new DomainError("WRITE_BLOCK_UNSUPPORTED", {
      message: `the server accepted the command, yet its write block is ${state}`,
      params: { expected, state },
    });
  }
}

function notOurs(marker: LockMarker | null): DomainError {
  return new DomainError("WRITE_BLOCK_NOT_OURS", {
    message: marker === null ? "writes are blocked, and not by us" : `writes are blocked by run ${marker.runId}`,
    params: { runId: marker?.runId ?? null, owner: marker?.owner ?? null },
  });
}

function restoreRunning(marker: LockMarker | null): DomainError {
  return new DomainError("ATLAS_CLUSTER_RESTORE_IN_PROGRESS", {
    message: "another restore into this server is running",
    params: { runId: marker?.runId ?? null, owner: marker?.owner ?? null },
  });
}
