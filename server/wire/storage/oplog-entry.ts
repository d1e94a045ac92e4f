import { Long, Timestamp } from "bson";
import { encodeDocument, RawValue } from "../protocol/encode";
import type { CollectionEntry } from "./catalog-entry";
import type { ClusterTime } from "./timestamp";
import { toTimestamp } from "./timestamp";
import type { WriteOp } from "./write-op";
import { findElement } from "@/server/engine/bson/document";

/** Oplog entries of `local.oplog.rs`; fields as in the server's oplog_entry.idl. */

export const TERM = 1;
/** A transaction's inner operations are cut into entries of at most this size. */
const APPLY_OPS_BYTES_MAX = 12 * 1024 * 1024;
const NO_OPTIME = encodeDocument({ ts: new Timestamp({ t: 0, i: 0 }), t: Long.fromNumber(-1) });

interface Parts {
  op: string;
  namespace: string;
  uuid: Buffer | null;
  o: Buffer;
  o2?: Buffer | undefined;
  statement?: number | undefined;
}

/** Fields of a document without its length and end mark, to be put inside another. */
export function bareElements(doc: Buffer): Buffer {
  return doc.subarray(4, doc.length - 1);
}

function wrap(parts: Buffer[]): Buffer {
  const length = 5 + parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.allocUnsafe(4);
  head.writeInt32LE(length, 0);
  return Buffer.concat([head, ...parts, Buffer.from([0])], length);
}

const O_HEAD = Buffer.from("\x03o\0", "latin1");
const O2_HEAD = Buffer.from("\x03o2\0", "latin1");

const nameHeads = new WeakMap<CollectionEntry, Map<string, Buffer>>();

/** `op`, `ns` and `ui` are the same for every operation on a collection, so their bytes are kept. */
function collectionHead(entry: CollectionEntry, op: string): Buffer {
  let heads = nameHeads.get(entry);
  if (!heads) nameHeads.set(entry, (heads = new Map()));
  const id = `${op} ${entry.namespace}`;
  let head = heads.get(id);
  if (!head) heads.set(id, (head = nameHead(op, entry.namespace, entry.uuid)));
  return head;
}

function nameHead(op: string, namespace: string, uuid: Buffer | null): Buffer {
  const ui = uuid && new RawValue(0x05, Buffer.concat([Buffer.from([16, 0, 0, 0, 4]), uuid]));
  return bareElements(encodeDocument({ op, ns: namespace, ...(ui && { ui }) }));
}

/** `{_id}` of a document, as `o2` of updates and `o` of deletes carry it. */
export function idDocument(doc: Buffer): Buffer {
  const element = findElement(doc, "_id");
  return wrap(element ? [doc.subarray(element.elementStart, element.end)] : []);
}

function describe(op: WriteOp): { head: Buffer; parts: Omit<Parts, "op" | "namespace" | "uuid"> } {
  switch (op.kind) {
    case "insert":
      return { head: collectionHead(op.entry, "i"), parts: { o: op.doc, statement: op.statement } };
    case "update": {
      const parts = { o: op.o, o2: idDocument(op.before), statement: op.statement };
      return { head: collectionHead(op.entry, "u"), parts };
    }
    case "delete":
      return { head: collectionHead(op.entry, "d"), parts: { o: idDocument(op.before), statement: op.statement } };
    case "catalog":
      return { head: nameHead("c", `${op.db}.$cmd`, op.uuid), parts: { o: op.o, ...(op.o2 && { o2: op.o2 }) } };
    case "note":
      return { head: nameHead("n", "", null), parts: { o: op.o } };
  }
}

const STATEMENT_HEAD = Buffer.from("\x10stmtId\0", "latin1");

function innerElements(op: WriteOp): Buffer[] {
  const { head, parts } = describe(op);
  const out = [head, O_HEAD, parts.o];
  if (parts.o2) out.push(O2_HEAD, parts.o2);
  if (parts.statement !== undefined) {
    const value = Buffer.allocUnsafe(4);
    value.writeInt32LE(parts.statement, 0);
    out.push(STATEMENT_HEAD, value);
  }
  return out;
}

const TAIL = bareElements(
  encodeDocument({
    ts: new Timestamp({ t: 0, i: 0 }),
    t: Long.fromNumber(TERM),
    v: Long.fromNumber(2),
    wall: new Date(0),
  }),
);
const TS_OFFSET = 4;
const WALL_OFFSET = TAIL.length - 8;
const NO_PREVIOUS = bareElements(encodeDocument({ prevOpTime: RawValue.document(NO_OPTIME) }));

/** Position and time; written by hand because every change of every document has them. */
function tail(time: ClusterTime, wall: Date): Buffer {
  const bytes = Buffer.from(TAIL);
  bytes.writeBigUInt64LE(time, TS_OFFSET);
  bytes.writeBigInt64LE(BigInt(wall.getTime()), WALL_OFFSET);
  return bytes;
}

/** One ordinary entry. `head` holds lsid and txnNumber of a retryable write. */
export function oplogEntry(op: WriteOp, time: ClusterTime, wall: Date, head: Buffer | null): Buffer {
  const parts = innerElements(op);
  if (head) {
    parts.unshift(head);
    parts.push(NO_PREVIOUS);
  }
  parts.push(tail(time, wall));
  return wrap(parts);
}

/**
 * The entries of a committed transaction: one applyOps, or a chain of them (all but the last with partialTxn) linked by
 * prevOpTime when its operations do not fit one.
 */
export function transactionEntries(
  ops: WriteOp[],
  head: Buffer,
  take: () => ClusterTime,
  wall: Date,
): Array<{ time: ClusterTime; entry: Buffer }> {
  const inner = ops.map((op) => wrap(innerElements(op)));
  const groups: Buffer[][] = [[]];
  let bytes = 0;
  for (const doc of inner) {
    if (bytes + doc.length > APPLY_OPS_BYTES_MAX && bytes > 0) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(doc);
    bytes += doc.length;
  }
  let previous = NO_OPTIME;
  return groups.map((group, position) => {
    const time = take();
    const last = position === groups.length - 1;
    const o = encodeDocument({
      applyOps: group.map((doc) => RawValue.document(doc)),
      ...(last ? {} : { partialTxn: true }),
      ...(last && groups.length > 1 && { count: Long.fromNumber(ops.length) }),
    });
    const prevOpTime = bareElements(encodeDocument({ prevOpTime: RawValue.document(previous) }));
    const entry = wrap([head, nameHead("c", "admin.$cmd", null), O_HEAD, o, tail(time, wall), prevOpTime]);
    previous = encodeDocument({ ts: toTimestamp(time), t: Long.fromNumber(TERM) });
    return { time, entry };
  });
}
