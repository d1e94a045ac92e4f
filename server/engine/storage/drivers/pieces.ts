import { Readable } from "node:stream";
import { DomainError } from "@/server/platform/errors/domain-error";
import { contentPieces, READ_PIECE_BYTES, type ObjectContent } from "../storage";
import { RETRY_DEFAULTS, retryUnavailable } from "../retry";

/** Above this an object is stored in several requests; S3 wants 5 MiB at least of each but the last. */
export const PART_BYTES = 8 * 1024 * 1024;
/** Parts of one object on their way at once: with the next being cut, a put holds at most 40 MiB. */
const PARTS_AT_ONCE = 4;
const PART_ATTEMPTS_MAX = 3;

/** How a driver stores an object in several requests. */
export interface PartUpload<Part> {
  part(content: Buffer, index: number): Promise<Part>;
  /** All parts in order: makes the object appear. */
  complete(parts: Part[]): Promise<void>;
  /** Takes back what was sent. Its own failure is nobody's concern. */
  abort(): Promise<void>;
}

export interface Upload<Part> {
  whole(content: Buffer): Promise<void>;
  begin(): Promise<PartUpload<Part>>;
  readonly partsAtOnce?: number;
  readonly partAttemptsMax?: number;
}

/**
 * Stores content in one request where it is small, else in parts, several at once, each tried again by itself. Rejects
 * with what the content, or a request of `how` threw; then the object did not appear.
 */
export async function upload<Part>(content: ObjectContent, how: Upload<Part>): Promise<void> {
  const pieces = cutContent(content, PART_BYTES);
  try {
    const first = await pieces.next();
    const second = first.done ? first : await pieces.next();
    if (second.done) return await how.whole(first.value ?? Buffer.alloc(0));
    const parts = await how.begin();
    try {
      await parts.complete(await sendParts([first.value, second.value], pieces, parts, how));
    } catch (error) {
      await parts.abort().catch(() => undefined);
      throw error;
    }
  } finally {
    await pieces.return(undefined);
  }
}

async function sendParts<Part>(
  head: (Buffer | undefined)[],
  rest: AsyncIterable<Buffer>,
  { part }: PartUpload<Part>,
  { partsAtOnce = PARTS_AT_ONCE, partAttemptsMax = PART_ATTEMPTS_MAX }: Upload<Part>,
): Promise<Part[]> {
  const sent: Promise<Part>[] = [];
  const running = new Set<Promise<unknown>>();
  const failed = new AbortController();
  const options = { ...RETRY_DEFAULTS, attemptsMax: partAttemptsMax };
  const send = async (content: Buffer) => {
    const index = sent.length;
    const work = retryUnavailable(() => part(content, index), options);
    sent.push(work);
    const settled = work.catch((error: unknown) => failed.abort(error)).finally(() => running.delete(settled));
    running.add(settled);
    if (running.size >= partsAtOnce) await Promise.race(running);
    failed.signal.throwIfAborted();
  };
  try {
    for (const content of head) if (content) await send(content);
    for await (const content of rest) await send(content);
    return await Promise.all(sent);
  } finally {
    // Nothing may still be on its way when the caller takes the parts back.
    await Promise.all(running);
  }
}

/** Content in pieces of exactly `bytes`, the last one shorter; none at all for empty content. */
export async function* cutContent(content: ObjectContent, bytes: number): AsyncGenerator<Buffer, undefined, undefined> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const piece of contentPieces(content)) {
    for (let at = 0; at < piece.length;) {
      const taken = piece.subarray(at, at + bytes - heldBytes);
      held.push(taken);
      heldBytes += taken.length;
      at += taken.length;
      if (heldBytes < bytes) continue;
      yield held.length === 1 ? held[0]! : Buffer.concat(held);
      held = [];
      heldBytes = 0;
    }
  }
  if (heldBytes > 0) yield held.length === 1 ? held[0]! : Buffer.concat(held);
}

/**
 * The bytes of an answer in bounded pieces. Closes the stream when the reader stops early. An answer that ends before
 * `bytes` came is STORAGE_UNAVAILABLE: connections also break without an error.
 */
export async function* answerPieces(stream: unknown, bytes: number | undefined): AsyncGenerator<Buffer> {
  if (!(stream instanceof Readable)) throw new Error("the SDK answered without a stream");
  let received = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      received += chunk.length;
      for (let at = 0; at < chunk.length; at += READ_PIECE_BYTES) yield chunk.subarray(at, at + READ_PIECE_BYTES);
    }
  } finally {
    stream.destroy();
  }
  if (bytes === undefined || received === bytes) return;
  const message = `the answer ended after ${received} of ${bytes} bytes`;
  throw new DomainError("STORAGE_UNAVAILABLE", { message, params: { reason: "TRUNCATED" } });
}
