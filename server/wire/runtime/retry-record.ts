import { createHash } from "node:crypto";
import { Binary, Long } from "bson";
import { decodeDocument, rawChild, toNumber, type Document } from "../protocol/decode";
import { encodeDocument, RawValue } from "../protocol/encode";
import { elements } from "@/server/engine/bson/document";
import { bareElements } from "../storage/oplog-entry";
import type { ClusterStore } from "../storage/cluster-store";
import type { Session } from "./sessions";

/** What a statement of a retryable write answered; asked again, it answers the same. */
export interface StatementResult {
  n: number;
  nModified?: number;
  /** The _id of an upserted document. */
  upserted?: RawValue;
  /** The whole reply of findAndModify. */
  reply?: Buffer;
}

/** The statements of a session's newest retryable write; stored with each commit of it. */
export interface RetryState {
  number: bigint;
  results: Map<number, StatementResult>;
}

const states = new WeakMap<Session, RetryState>();

/** The state for a number: what memory or, after a restart, the store knows; empty for a new number. */
export function retryState(store: ClusterStore, session: Session, number: bigint): RetryState {
  const known = states.get(session) ?? readState(store, session);
  if (known?.number === number) {
    states.set(session, known);
    return known;
  }
  const fresh: RetryState = { number, results: new Map() };
  states.set(session, fresh);
  return fresh;
}

/** The newest number that a session used before this server started; -1 when there is none. */
export function storedNumber(store: ClusterStore, session: Session): bigint {
  return readState(store, session)?.number ?? -1n;
}

function readState(store: ClusterStore, session: Session): RetryState | null {
  const bytes = store.readSession(session.id);
  if (!bytes) return null;
  const decoded = decodeDocument(bytes);
  const results = new Map<number, StatementResult>();
  const list = Buffer.from((decoded.plain as Binary).value());
  for (let at = 0; at < list.length; at += 4) results.set(list.readInt32LE(at), { n: 1 });
  const raw = rawChild(bytes, "rich")!;
  for (const element of elements(raw)) {
    const item = Buffer.from(raw.subarray(element.start, element.end));
    const rich = decodeDocument(item);
    const reply = rawChild(item, "reply");
    const upserted = [...elements(item)].find(({ name }) => name === "upserted");
    results.set(toNumber(rich.s)!, {
      n: toNumber(rich.n) ?? 0,
      ...(rich.nModified !== undefined && { nModified: toNumber(rich.nModified)! }),
      ...(upserted && { upserted: new RawValue(upserted.type, item.subarray(upserted.start, upserted.end)) }),
      ...(reply && { reply }),
    });
  }
  return { number: (decoded.number as Long).toBigInt(), results };
}

/** The record that goes into the commit. */
export function encodeRetryState(state: RetryState): Buffer {
  const plain: number[] = [];
  const rich: Document[] = [];
  for (const [s, result] of state.results) {
    if (result.n === 1 && Object.keys(result).length === 1) plain.push(s);
    else rich.push({ s, ...result, ...(result.reply && { reply: RawValue.document(result.reply) }) });
  }
  const list = Buffer.allocUnsafe(plain.length * 4);
  plain.forEach((s, position) => list.writeInt32LE(s, position * 4));
  return encodeDocument({ number: Long.fromBigInt(state.number), plain: new Binary(list), rich });
}

/** lsid and txnNumber as the first fields of an oplog entry; `user` is "name@db", as the server hashes it. */
export function sessionHead(session: Session, number: bigint, user: string): Buffer {
  const uid = createHash("sha256").update(user).digest();
  return bareElements(
    encodeDocument({
      lsid: { id: new Binary(session.id, 4), uid: new Binary(uid) },
      txnNumber: Long.fromBigInt(number),
    }),
  );
}
