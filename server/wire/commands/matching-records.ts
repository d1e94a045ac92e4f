import { setImmediate as nextTurn } from "node:timers/promises";
import { compileFilter, compileSort, type CompiledSort } from "../query";
import type { CommandContext } from "../runtime/context";
import type { CollectionEntry } from "../storage/catalog-entry";
import type { ReadView, StoredRecord } from "../storage/read-view";
import { filterOptions, planFor, type QueryRequest } from "./collection-source";
import { RecordReader } from "./record-reader";

/** Reading for writing: what a statement finds is changed before anybody else gets a turn. */

function readerFor(
  ctx: CommandContext,
  entry: CollectionEntry,
  request: QueryRequest,
): { reader: RecordReader; matches: (doc: Buffer) => boolean; sorted: boolean } {
  const matches =
    request.filter.length <= 5 ? (): boolean => true : compileFilter(request.filter, filterOptions(request));
  const { transaction } = ctx;
  const plan = planFor(entry, request, transaction?.hasChanges(entry));
  const view = (): ReadView => transaction?.view ?? ctx.server.store.latestOf(entry);
  return { reader: new RecordReader(view, entry, plan, matches, transaction), matches, sorted: plan.sorted };
}

/** The first matching record in the order of `sort`, read in one go. */
export function firstRecord(ctx: CommandContext, entry: CollectionEntry, request: QueryRequest): StoredRecord | null {
  const { reader, sorted } = readerFor(ctx, entry, request);
  const sort = compileSort(request.sort ?? null, { collation: request.collation ?? null });
  if (!sorted && sort.fields.length > 0) return smallest(reader, sort);
  for (let records = reader.next(1); records !== null; records = reader.next(1)) {
    if (records[0]) return records[0];
  }
  return null;
}

function smallest(reader: RecordReader, sort: CompiledSort): StoredRecord | null {
  let best: { record: StoredRecord; key: ReturnType<CompiledSort["keyOf"]> } | null = null;
  for (let records = reader.next(); records !== null; records = reader.next()) {
    for (const record of records) {
      const key = sort.keyOf(record.doc);
      if (!best || sort.compareKeys(key, best.key) < 0) best = { record, key };
    }
  }
  return best?.record ?? null;
}

/** The open transaction that holds a record against writers from outside, if any. */
export function holderOf(
  ctx: CommandContext,
  entry: CollectionEntry,
  recordKey: Buffer,
): { ended: Promise<void> } | undefined {
  return ctx.transaction ? undefined : ctx.server.locks.owner(entry, recordKey);
}

/** Waits for another's transaction, but not beyond the command's own end. */
export async function waitForHolder(ctx: CommandContext, holder: { ended: Promise<void> }): Promise<void> {
  await Promise.race([
    holder.ended,
    new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve(), { once: true })),
  ]);
  ctx.throwIfKilled();
}

/**
 * Gives every matching record once, in chunks; `change` must do its work before it returns. Records that an open
 * transaction holds are waited for and looked at again.
 */
export async function forEachMatch(
  ctx: CommandContext,
  entry: CollectionEntry,
  request: QueryRequest,
  change: (records: StoredRecord[]) => void,
): Promise<void> {
  const { reader, matches } = readerFor(ctx, entry, { ...request, sort: null });
  const done = new Set<string>();
  for (let records = reader.next(); records !== null; records = reader.next()) {
    let chunk = records.filter(({ recordKey }) => !done.has(recordKey.toString("latin1")));
    for (let holder = firstHolder(ctx, entry, chunk); holder; holder = firstHolder(ctx, entry, chunk)) {
      await waitForHolder(ctx, holder);
      chunk = again(ctx, entry, chunk, matches);
    }
    for (const { recordKey } of chunk) done.add(recordKey.toString("latin1"));
    if (chunk.length > 0) change(chunk);
    await nextTurn();
    ctx.throwIfKilled();
  }
}

function firstHolder(
  ctx: CommandContext,
  entry: CollectionEntry,
  records: StoredRecord[],
): { ended: Promise<void> } | undefined {
  if (ctx.server.locks.empty) return undefined;
  for (const { recordKey } of records) {
    const holder = holderOf(ctx, entry, recordKey);
    if (holder) return holder;
  }
  return undefined;
}

function again(
  ctx: CommandContext,
  entry: CollectionEntry,
  records: StoredRecord[],
  matches: (doc: Buffer) => boolean,
): StoredRecord[] {
  const view = ctx.server.store.latestOf(entry);
  return records.flatMap(({ recordKey }) => {
    const doc = view.get(entry, recordKey);
    return doc && matches(doc) ? [{ recordKey, doc }] : [];
  });
}
