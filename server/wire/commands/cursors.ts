import { Long } from "bson";
import { commandError } from "../command-error";
import { numberField, stringField, type Document } from "../protocol/decode";
import { RawArray } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import { cursorIdOf, type Cursor } from "../runtime/cursors";
import type { Command } from "./command";

const AWAIT_DEFAULT_MS = 1000;

async function getMore(ctx: CommandContext): Promise<Document> {
  const { server } = ctx;
  server.opcounters.getmore += 1;
  const id = cursorIdOf(ctx.body.getMore);
  const namespace = `${ctx.db}.${stringField(ctx.body, "collection")}`;
  const batchSize = numberField(ctx.body, "batchSize", 0);
  if (batchSize < 0) throw commandError(2, "Batch size for getMore must not be negative");
  const cursor = server.cursors.take(id, ctx.connection.userId, ctx.session?.key ?? null);
  if (cursor.options.namespace !== namespace) {
    throw commandError(
      13,
      `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.options.namespace}`,
    );
  }
  if (ctx.body.maxTimeMS !== undefined && !cursor.options.tail?.awaitData) {
    throw commandError(2, "cannot set maxTimeMS on getMore command for a non-awaitData cursor");
  }
  assertSameTransaction(ctx, cursor);
  cursor.busy = true;
  try {
    const batch = await read(ctx, cursor, batchSize === 0 ? Infinity : batchSize);
    if (cursor.killed) throw commandError(237, "cursor was killed");
    const open = cursor.options.tail !== undefined || (await cursor.peek());
    if (!open) server.cursors.kill(id);
    return {
      cursor: {
        nextBatch: new RawArray(batch),
        id: open ? Long.fromBigInt(id) : Long.ZERO,
        ns: namespace,
        ...cursor.options.replyFields?.(),
      },
    };
  } catch (error) {
    server.cursors.kill(id);
    throw error;
  } finally {
    cursor.busy = false;
    cursor.usedAt = server.clock.now().getTime();
  }
}

function assertSameTransaction(ctx: CommandContext, cursor: Cursor): void {
  if (cursor.options.transactionNumber === ctx.transaction?.number) return;
  throw commandError(50740, `Cannot run getMore on cursor ${cursor.id}, which was created in another transaction`);
}

/** An awaitData cursor at its end waits for more, at most maxTimeMS. */
async function read(ctx: CommandContext, cursor: Cursor, batchSize: number): Promise<Buffer[]> {
  const started = performance.now();
  const limitMs = numberField(ctx.body, "maxTimeMS", AWAIT_DEFAULT_MS);
  for (;;) {
    const batch = await cursor.nextBatch(batchSize);
    const { tail } = cursor.options;
    const leftMs = limitMs - (performance.now() - started);
    if (batch.length > 0 || !tail?.awaitData || leftMs <= 0 || cursor.killed) return batch;
    await tail.changed(leftMs);
    ctx.throwIfKilled();
  }
}

function killCursors(ctx: CommandContext): Document {
  const ids = Array.isArray(ctx.body.cursors) ? ctx.body.cursors : [];
  const killed: Long[] = [];
  const notFound: Long[] = [];
  for (const value of ids) {
    const id = cursorIdOf(value);
    const cursor = ctx.server.cursors.find(id);
    if (
      cursor &&
      cursor.options.user !== ctx.connection.userId &&
      !ctx.may({ db: ctx.db, collection: ctx.collectionName }, "killAnyCursor")
    ) {
      throw commandError(13, `not authorized to kill cursor ${id}`);
    }
    (ctx.server.cursors.kill(id) ? killed : notFound).push(Long.fromBigInt(id));
  }
  return { cursorsKilled: killed, cursorsNotFound: notFound, cursorsAlive: [], cursorsUnknown: [] };
}

export const cursorCommands: readonly Command[] = [
  {
    name: "getMore",
    needs: "anyone",
    inTransaction: true,
    fields: ["collection", "batchSize", "term", "lastKnownCommittedOpTime"],
    run: getMore,
  },
  { name: "killCursors", needs: "anyone", inTransaction: true, fields: ["cursors"], run: killCursors },
];
