import { setImmediate as nextTurn } from "node:timers/promises";
import { commandError } from "../command-error";
import { isDocument, rawChild, type Document } from "../protocol/decode";
import {
  compileFilter,
  compileSort,
  parseCollation,
  planQuery,
  SortBuffer,
  type Collation,
  type KeyRange,
  type QueryPlan,
  type Raw,
} from "../query";
import type { CommandContext } from "../runtime/context";
import type { Producer } from "../runtime/cursors";
import type { CollectionEntry } from "../storage/catalog-entry";
import type { ReadView } from "../storage/read-view";
import { withinBounds } from "./min-max";
import { RecordReader } from "./record-reader";

export const EMPTY = Buffer.from([5, 0, 0, 0, 0]);

export interface QueryRequest {
  filter: Buffer;
  sort?: Buffer | null;
  hint?: string | Buffer | null;
  collation?: Collation | null;
  variables?: Readonly<Record<string, Raw>>;
  skip?: number;
  limit?: number;
  /** Keys of `_id` that a hinted walk over its index keeps to. */
  bounds?: KeyRange | null;
}

/** The collation that a command works with: its own, else the collection's. */
export function effectiveCollation(ctx: CommandContext, entry: CollectionEntry | undefined): Collation | null {
  const own = rawChild(ctx.raw, "collation");
  if (own && own.length > 5) return parseCollation(own) ?? null;
  const inherited = entry && rawChild(entry.options, "collation");
  return inherited ? (parseCollation(inherited) ?? null) : null;
}

/** The `hint` of a command body: an index name or a key pattern with its bytes. */
export function hintOf(raw: Buffer, decoded: Document): string | Buffer | null {
  if (typeof decoded.hint === "string") return decoded.hint;
  const pattern = rawChild(raw, "hint");
  return pattern && pattern.length > 5 ? pattern : null;
}

/** Plans a query over a collection as its catalogue entry stands. */
export function planFor(entry: CollectionEntry, request: QueryRequest, inTransactionWithChanges = false): QueryPlan {
  const plan = planQuery({
    filter: request.filter,
    sort: request.sort ?? null,
    hint: request.hint ?? null,
    indexes: entry.indexes.map((index) => index.query),
    collation: request.collation ?? null,
    ...(request.variables && { variables: request.variables }),
  });
  if (plan.stage === "IDHACK" || plan.stage === "EOF") return plan;
  const hasSort = compileSort(request.sort ?? null).fields.length > 0;
  if (inTransactionWithChanges) return { stage: "COLLSCAN", direction: 1, sorted: !hasSort };
  if (plan.stage !== "IXSCAN") return plan;
  const index = entry.indexes.find((candidate) => candidate.query === plan.index);
  return index?.shortened && hasSort ? { ...plan, sorted: false } : plan;
}

/** Documents of a collection through filter, sort, skip and limit; nothing is decoded on the way. */
export class QueryProducer implements Producer {
  readonly plan: QueryPlan;
  readonly reader: RecordReader;
  #skip: number;
  #left: number;
  #sorted: Buffer[] | null = null;
  #sortedGiven = false;

  constructor(
    private readonly ctx: CommandContext,
    view: () => ReadView,
    entry: CollectionEntry,
    private readonly request: QueryRequest,
    private readonly release: () => void = () => undefined,
  ) {
    const filter = request.filter.length <= 5 ? () => true : compileFilter(request.filter, filterOptions(request));
    const transaction = ctx.transaction;
    const plan = planFor(entry, request, transaction?.hasChanges(entry));
    this.plan = request.bounds ? withinBounds(plan, request.bounds) : plan;
    this.reader = new RecordReader(view, entry, this.plan, filter, transaction);
    this.#skip = request.skip ?? 0;
    this.#left = request.limit ? request.limit : Infinity;
  }

  async next(): Promise<Buffer[] | null> {
    if (!this.plan.sorted && this.request.sort) return this.#nextSorted();
    for (;;) {
      this.ctx.throwIfKilled();
      if (this.#left <= 0) return null;
      const records = this.reader.next(this.#skip + this.#left);
      if (records === null) return null;
      const docs = this.#cut(records.map(({ doc }) => doc));
      if (docs.length > 0) return docs;
      await nextTurn();
    }
  }

  #cut(docs: Buffer[]): Buffer[] {
    const skipped = Math.min(this.#skip, docs.length);
    this.#skip -= skipped;
    const out = docs.slice(skipped, skipped + Math.min(this.#left, docs.length));
    this.#left -= out.length;
    return out;
  }

  async #nextSorted(): Promise<Buffer[] | null> {
    if (this.#sortedGiven) return null;
    if (!this.#sorted) {
      const sort = compileSort(this.request.sort, { collation: this.request.collation ?? null });
      const buffer = new SortBuffer(sort, this.#skip + this.#left);
      for (let records = this.reader.next(); records !== null; records = this.reader.next()) {
        for (const { doc } of records) buffer.add(doc);
        await nextTurn();
        this.ctx.throwIfKilled();
      }
      this.#sorted = buffer.finish();
    }
    this.#sortedGiven = true;
    const docs = this.#cut(this.#sorted);
    return docs.length > 0 ? docs : null;
  }

  close(): void {
    this.release();
  }
}

export function filterOptions(request: Pick<QueryRequest, "collation" | "variables">): {
  collation: Collation | null;
  variables?: Readonly<Record<string, Raw>>;
} {
  return { collation: request.collation ?? null, ...(request.variables && { variables: request.variables }) };
}

/** Nothing at all. */
export const EMPTY_PRODUCER: Producer = { next: () => Promise.resolve(null), close: () => undefined };

/** A result that is already there. */
export function arrayProducer(docs: Buffer[]): Producer {
  let given = false;
  return {
    next: () => {
      const answer = given || docs.length === 0 ? null : docs;
      given = true;
      return Promise.resolve(answer);
    },
    close: () => undefined,
  };
}

/** How many documents of a stream are handed on together, so that nothing is awaited for each of them. */
const STREAM_CHUNK = 256;
const STREAM_CHUNK_BYTES = 1024 * 1024;

/** An aggregation's documents. */
export function iterableProducer(source: AsyncIterable<Buffer>): Producer {
  const iterator = source[Symbol.asyncIterator]();
  return {
    next: async () => {
      const docs: Buffer[] = [];
      let bytes = 0;
      while (docs.length < STREAM_CHUNK && bytes < STREAM_CHUNK_BYTES) {
        const item = await iterator.next();
        if (item.done) break;
        docs.push(item.value);
        bytes += item.value.length;
      }
      return docs.length > 0 ? docs : null;
    },
    // Whoever gives up on a result does not want to hear what goes wrong while it is put away.
    close: () => void iterator.return?.().catch(() => undefined),
  };
}

/** Refuses a command on a collection whose UUID is not the one given (361). `named` is the collection that the command means. */
export function assertCollectionUuid(
  ctx: CommandContext,
  entry: CollectionEntry | undefined,
  named: { db: string; collection: string } = { db: ctx.db, collection: ctx.collectionName },
): void {
  const wanted = ctx.body.collectionUUID as { buffer?: Uint8Array } | undefined;
  if (!wanted?.buffer) return;
  if (entry && Buffer.from(wanted.buffer).equals(entry.uuid)) return;
  const actual = ctx.server.store.collectionByUuid(Buffer.from(wanted.buffer));
  throw commandError(361, "Collection UUID does not match that specified", {
    db: named.db,
    collectionUUID: wanted,
    expectedCollection: named.collection,
    actualCollection: actual?.db === named.db ? actual.name : null,
  });
}

/** The raw document of a field, `{}` when absent; TypeMismatch for anything else. */
export function rawDocumentField(ctx: CommandContext, name: string): Buffer {
  const value = ctx.body[name];
  if (value === undefined || value === null) return EMPTY;
  if (!isDocument(value))
    throw commandError(14, `BSON field '${ctx.name}.${name}' is the wrong type, expected type 'object'`);
  return rawChild(ctx.raw, name)!;
}
