import type { ClientSession, Db, MongoClient, Timestamp } from "mongodb";
import { elements, findElement } from "../bson/document";

/**
 * Reads a collection in batches of raw bytes: nothing is decoded, and a batch is one Buffer with views into it. The
 * driver's own cursors make an object of each batch element; this speaks the two commands itself.
 */
export interface RawBatch {
  /** The documents, views into one reply. */
  documents: Buffer[];
  bytes: number;
}

/** A time of the cluster's own clock: seconds since 1970, and a count within the second. */
export interface ClusterTime {
  seconds: number;
  increment: number;
}

export function isEarlier(a: ClusterTime, b: ClusterTime): boolean {
  return a.seconds === b.seconds ? a.increment < b.increment : a.seconds < b.seconds;
}

/**
 * The time up to which a reply may have seen what the answering node had applied; null where the server tells none.
 * https://www.mongodb.com/docs/manual/reference/method/db.runCommand/#response
 */
export function operationTimeOf(reply: { operationTime?: unknown }): ClusterTime | null {
  const time = reply.operationTime as Timestamp | undefined;
  return time ? { seconds: time.getHighBitsUnsigned(), increment: time.getLowBitsUnsigned() } : null;
}

/** A field of the reply's `cursor`, as far as it is needed here. */
interface CursorReply {
  id: bigint;
  batch: Buffer;
  atClusterTime: ClusterTime | null;
}

export class RawCursor {
  #id: bigint;
  #first: Buffer | null;

  private constructor(
    private readonly db: Db,
    private readonly collection: string,
    private readonly session: ClientSession | undefined,
    reply: CursorReply,
    /** The newest reply's. */
    public operationTime: ClusterTime | null,
  ) {
    this.#id = reply.id;
    this.#first = reply.batch;
    this.atClusterTime = reply.atClusterTime;
  }

  /** The moment that a snapshot read is true for, when the server told it. */
  readonly atClusterTime: ClusterTime | null;

  /**
   * Opens a cursor for a `find` or another cursor command. The session is the caller's and must outlive the cursor; give
   * one wherever the server has sessions, because a cursor belongs to the session that opened it.
   */
  static async open(
    db: Db,
    collection: string,
    command: Record<string, unknown>,
    options: { session?: ClientSession },
  ): Promise<RawCursor> {
    const { session } = options;
    const reply = await db.command(command, { raw: true, ...(session ? { session } : {}) });
    const first = readReply(reply.cursor as Uint8Array, "firstBatch");
    return new RawCursor(db, collection, session, first, operationTimeOf(reply));
  }

  /** True once the server said that there is no more. */
  get isExhausted(): boolean {
    return this.#first === null && this.#id === 0n;
  }

  /** The next batch of at most `batchSize` documents, possibly empty; null after the last one. */
  async next(batchSize?: number): Promise<RawBatch | null> {
    if (this.#first !== null) {
      const first = this.#first;
      this.#first = null;
      return toBatch(first);
    }
    if (this.#id === 0n) return null;
    const command = {
      getMore: this.#id,
      collection: this.collection,
      ...(batchSize === undefined ? {} : { batchSize }),
    };
    const reply = await this.db.command(command, { raw: true, ...(this.session ? { session: this.session } : {}) });
    const parsed = readReply(reply.cursor as Uint8Array, "nextBatch");
    this.#id = parsed.id;
    this.operationTime = operationTimeOf(reply) ?? this.operationTime;
    return toBatch(parsed.batch);
  }

  /** Frees the server's side when the cursor was not read to its end. Never throws. */
  async close(): Promise<void> {
    this.#first = null;
    if (this.#id === 0n) return;
    const killed = { killCursors: this.collection, cursors: [this.#id] };
    this.#id = 0n;
    await this.db.command(killed, this.session ? { session: this.session } : {}).catch(() => undefined);
  }
}

function readReply(bytes: Uint8Array, batchName: "firstBatch" | "nextBatch"): CursorReply {
  const cursor = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const id = findElement(cursor, "id")!;
  const batch = findElement(cursor, batchName)!;
  const time = findElement(cursor, "atClusterTime");
  return {
    id: cursor.readBigInt64LE(id.start),
    batch: cursor.subarray(batch.start, batch.end),
    atClusterTime:
      time === null
        ? null
        : { increment: cursor.readUInt32LE(time.start), seconds: cursor.readUInt32LE(time.start + 4) },
  };
}

/** The elements of a BSON array of documents. */
function toBatch(array: Buffer): RawBatch {
  const documents: Buffer[] = [];
  let bytes = 0;
  for (const element of elements(array)) {
    documents.push(array.subarray(element.start, element.end));
    bytes += element.end - element.start;
  }
  return { documents, bytes };
}

/** Whether the server has sessions; where it has, the driver sends one with every command. */
export async function hasSessions(client: MongoClient): Promise<boolean> {
  const hello = await client.db("admin").command({ hello: 1 });
  return typeof hello.logicalSessionTimeoutMinutes === "number";
}

/** A session for a raw cursor, or undefined where the server has none. The caller ends it. */
export function startReadSession(client: MongoClient, wanted: boolean): ClientSession | undefined {
  return wanted ? client.startSession({ causalConsistency: false }) : undefined;
}
