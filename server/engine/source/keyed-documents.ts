import { encodeIdKey } from "../bson/key";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { DocumentEntry } from "../tree";
import { ByteBudget } from "./byte-budget";
import { readBatches, REPLY_BYTES_MAX, type IdBounds, type ReadCollection } from "./collection-reader";
import { sortExternally } from "./external-sort";
import { readRanges } from "./read-ranges";

/** One batch in use and one under way. */
const RANGE_BUDGET_BYTES = 2 * REPLY_BYTES_MAX;

/**
 * How a collection's documents get their keys: by `_id`; by `_id` with a sort of our own, because the server's order
 * follows a collation; by their position, because the order of a capped collection is its meaning.
 */
export type Keying = "id" | "sortedId" | "ordinal";

/** Thrown when a server's `_id` order is not the order of our keys; the caller reads again with "sortedId". */
export class OrderDiffers extends Error {}

/**
 * The documents of a collection in strictly ascending key order. Documents are views that stay valid until the next
 * group is asked for. With `ends` ("id" only) several ranges, which end at these `_id`s, are read at once, each with a small budget of its
 * own: a range that reads ahead never keeps the one in use from going on. Throws OrderDiffers ("id" only), or SNAPSHOT_SOURCE_CHANGED when two documents have equal `_id`s.
 */
export async function* readKeyed(
  options: Omit<ReadCollection, "order" | "bounds">,
  keying: Keying,
  ends: AsyncIterable<unknown> | Iterable<unknown> | null = null,
): AsyncGenerator<DocumentEntry[]> {
  if (keying === "sortedId") {
    yield* assertAscending(
      sortExternally(keyed(readBatches({ ...options, order: "natural" })), options.signal),
      options,
    );
  } else if (keying === "ordinal") {
    let position = 0n;
    for await (const batch of readBatches({ ...options, order: "natural" })) {
      yield batch.documents.map((doc) => ({ key: ordinalKey(position++), doc }));
    }
  } else if (ends) {
    const open = (bounds: IdBounds) => {
      const budget = new ByteBudget(RANGE_BUDGET_BYTES);
      return keyed(readBatches({ ...options, order: "id", bounds, budget }));
    };
    yield* assertAscending(inOrder(readRanges(ends, open)), options);
  } else {
    yield* assertAscending(keyed(readBatches({ ...options, order: "id" })), options);
  }
}

/** A server with another order of `_id` finds that a range ends before it begins. */
const RANGE_UPSIDE_DOWN = 51175;

async function* inOrder<T>(groups: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* groups;
  } catch (error) {
    if ((error as { code?: unknown }).code === RANGE_UPSIDE_DOWN) throw new OrderDiffers();
    throw error;
  }
}

/** The key of a position: 8 bytes, big-endian. */
export function ordinalKey(position: bigint): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(position);
  return key;
}

async function* keyed(batches: AsyncIterable<{ documents: Buffer[] }>): AsyncGenerator<DocumentEntry[]> {
  for await (const { documents } of batches) {
    yield documents.map((doc) => ({ key: encodeIdKey(doc), doc }));
  }
}

async function* assertAscending(
  groups: AsyncIterable<DocumentEntry[]>,
  { database, collection }: { database: string; collection: string },
): AsyncGenerator<DocumentEntry[]> {
  let last: Buffer | null = null;
  for await (const group of groups) {
    for (const { key } of group) {
      const order: number = last === null ? -1 : Buffer.compare(last, key);
      if (order > 0) throw new OrderDiffers(`${database}.${collection} is not in key order`);
      if (order === 0) {
        throw new DomainError("SNAPSHOT_SOURCE_CHANGED", {
          message: `${database}.${collection} gave two documents with equal _id`,
          params: { namespace: `${database}.${collection}` },
        });
      }
      last = key;
    }
    yield group;
  }
}
