import { Long } from "bson";
import { commandError } from "../command-error";
import { numberField, isDocument, type Document } from "../protocol/decode";
import { RawArray } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import { Cursor, type CursorOptions } from "../runtime/cursors";
import { toTimestamp } from "../storage/timestamp";

export const FIRST_BATCH_DEFAULT = 101;

/** `batchSize` of find (top level) or of the `cursor` document of the others. */
export function batchSizeOf(body: Document): number {
  const holder = isDocument(body.cursor) ? body.cursor : body;
  const size = numberField(holder, "batchSize", FIRST_BATCH_DEFAULT);
  if (size < 0) throw commandError(51024, `BSON field 'batchSize' value must be >= 0, actual value '${size}'`);
  return size;
}

/** Options of a cursor that every command sets alike. */
export function cursorOptions(
  ctx: CommandContext,
  o: Pick<CursorOptions, "namespace" | "producer"> & Partial<CursorOptions>,
): CursorOptions {
  return {
    user: ctx.connection.userId,
    sessionKey: ctx.session?.key ?? null,
    noTimeout: false,
    transactionNumber: ctx.transaction?.number,
    ...o,
  };
}

/** The first batch; the cursor stays open only when there is more. */
export async function openCursor(
  ctx: CommandContext,
  options: CursorOptions,
  batchSize: number,
  singleBatch = false,
): Promise<Document> {
  const cursor = new Cursor(options);
  try {
    const batch = await cursor.nextBatch(batchSize);
    const stays = !singleBatch && (batchSize === 0 || options.tail !== undefined || (await cursor.peek()));
    if (stays) ctx.server.cursors.register(cursor);
    else cursor.close();
    return {
      cursor: {
        firstBatch: new RawArray(batch),
        id: Long.fromBigInt(cursor.id),
        ns: options.namespace,
        ...(ctx.snapshot && { atClusterTime: toTimestamp(ctx.snapshot.time) }),
        ...options.replyFields?.(),
      },
    };
  } catch (error) {
    cursor.close();
    throw error;
  }
}
