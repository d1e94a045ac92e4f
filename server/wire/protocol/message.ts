import { documentLength } from "@/server/engine/bson/document";

/** MongoDB's wire messages: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */

export const OP = { reply: 1, query: 2004, compressed: 2012, msg: 2013 } as const;
export const MESSAGE_BYTES_MAX = 48_000_000;
export const HEADER_BYTES = 16;

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
const EXHAUST_ALLOWED = 1 << 16;
const KNOWN_REQUIRED_BITS = CHECKSUM_PRESENT | MORE_TO_COME;

/** A request that broke the protocol; the connection is closed. */
export class ProtocolError extends Error {}

export interface Header {
  length: number;
  requestId: number;
  opCode: number;
}

/** One command as it arrived: the body and the document sequences, all raw. */
export interface Request {
  requestId: number;
  opCode: typeof OP.msg | typeof OP.query;
  body: Buffer;
  sequences: Map<string, Buffer[]>;
  /** The client wants no answer (w: 0). */
  moreToCome: boolean;
  exhaustAllowed: boolean;
  /** The collection of an OP_QUERY; "admin.$cmd" for commands. */
  namespace: string;
  /** Set when the message came compressed: the reply uses the same compressor. */
  compressorId: number | null;
  bytes: number;
}

export function readHeader(buffer: Buffer): Header {
  return { length: buffer.readInt32LE(0), requestId: buffer.readInt32LE(4), opCode: buffer.readInt32LE(12) };
}

function cstringEnd(buffer: Buffer, from: number, limit: number): number {
  const end = buffer.indexOf(0, from);
  if (end < 0 || end >= limit) throw new ProtocolError("a name has no end");
  return end;
}

function documentAt(buffer: Buffer, offset: number, limit: number): Buffer {
  const length = documentLength(buffer, offset, limit);
  return buffer.subarray(offset, offset + length);
}

/** Reads the payload of OP_MSG; throws ProtocolError or BSON_INVALID on anything malformed. */
export function parseMsg(header: Header, payload: Buffer, compressorId: number | null): Request {
  if (payload.length < 5) throw new ProtocolError("the message is cut short");
  const flags = payload.readUInt32LE(0);
  if (flags & 0xffff & ~KNOWN_REQUIRED_BITS) throw new ProtocolError("unknown required flag bits");
  const limit = flags & CHECKSUM_PRESENT ? payload.length - 4 : payload.length;
  let body: Buffer | null = null;
  const sequences = new Map<string, Buffer[]>();
  let at = 4;
  while (at < limit) {
    const kind = payload[at]!;
    at += 1;
    if (kind === 0) {
      if (body) throw new ProtocolError("more than one body");
      body = documentAt(payload, at, limit);
      at += body.length;
    } else if (kind === 1) {
      at = parseSequence(payload, at, limit, sequences);
    } else {
      throw new ProtocolError("unknown section kind");
    }
  }
  if (!body) throw new ProtocolError("no body");
  return {
    requestId: header.requestId,
    opCode: OP.msg,
    body,
    sequences,
    moreToCome: (flags & MORE_TO_COME) !== 0,
    exhaustAllowed: (flags & EXHAUST_ALLOWED) !== 0,
    namespace: "",
    compressorId,
    bytes: header.length,
  };
}

function parseSequence(payload: Buffer, start: number, limit: number, into: Map<string, Buffer[]>): number {
  if (start + 4 > limit) throw new ProtocolError("a section is cut short");
  const end = start + payload.readInt32LE(start);
  if (end > limit || end < start + 5) throw new ProtocolError("a section states a wrong length");
  const nameEnd = cstringEnd(payload, start + 4, end);
  const name = payload.toString("utf8", start + 4, nameEnd);
  if (into.has(name)) throw new ProtocolError("a section appears twice");
  const documents: Buffer[] = [];
  let at = nameEnd + 1;
  while (at < end) {
    const doc = documentAt(payload, at, end);
    documents.push(doc);
    at += doc.length;
  }
  into.set(name, documents);
  return end;
}

/** Reads the payload of OP_QUERY (flags, namespace, skip, limit, query). */
export function parseQuery(header: Header, payload: Buffer, compressorId: number | null): Request {
  const nameEnd = cstringEnd(payload, 4, payload.length);
  return {
    requestId: header.requestId,
    opCode: OP.query,
    body: documentAt(payload, nameEnd + 9, payload.length),
    sequences: new Map(),
    moreToCome: false,
    exhaustAllowed: false,
    namespace: payload.toString("utf8", 4, nameEnd),
    compressorId,
    bytes: header.length,
  };
}

let nextRequestId = 1;

function header(length: number, responseTo: number, opCode: number): Buffer {
  const head = Buffer.allocUnsafe(HEADER_BYTES);
  nextRequestId = (nextRequestId + 1) & 0x7fffffff;
  head.writeInt32LE(length, 0);
  head.writeInt32LE(nextRequestId, 4);
  head.writeInt32LE(responseTo, 8);
  head.writeInt32LE(opCode, 12);
  return head;
}

/** OP_MSG: no flags, one section of kind 0. */
const MSG_PREFIX = Buffer.from([0, 0, 0, 0, 0]);
/** OP_REPLY: flags 8 (await capable), no cursor, one document. */
const REPLY_PREFIX = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);

/** The parts of a reply's payload; the document is not copied. */
export function payloadOf(opCode: number, doc: Buffer): Buffer[] {
  return [opCode === OP.reply ? REPLY_PREFIX : MSG_PREFIX, doc];
}

/** A whole message, as parts to be written one behind another. */
export function frame(responseTo: number, opCode: number, payload: readonly Buffer[]): Buffer[] {
  const length = payload.reduce((sum, part) => sum + part.length, HEADER_BYTES);
  return [header(length, responseTo, opCode), ...payload];
}
