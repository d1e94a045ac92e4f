import { createRequire } from "node:module";
import { deflateSync, inflateSync } from "node:zlib";
import { MESSAGE_BYTES_MAX, ProtocolError } from "./message";

interface Snappy {
  compress(input: Buffer): Uint8Array;
  uncompress(input: Buffer, maxLength?: number): Uint8Array;
}

// snappyjs is CommonJS without types; required here so that bundles and tsx load it the same way.
const snappy = createRequire(import.meta.url)("snappyjs") as Snappy;

/** Compressors that are spoken, in the order of preference; zstd would need a native module in Node 20. */
const COMPRESSORS: Record<string, number> = { snappy: 1, zlib: 2 };

/** What both sides know, in the client's order; the reply to `hello` carries it. */
export function agreeCompression(offered: unknown): string[] {
  if (!Array.isArray(offered)) return [];
  return offered.filter((name): name is string => typeof name === "string" && name in COMPRESSORS);
}

/** Unwraps OP_COMPRESSED: the original opcode and payload. Throws ProtocolError. */
export function uncompress(payload: Buffer): { opCode: number; payload: Buffer; compressorId: number } {
  if (payload.length < 9) throw new ProtocolError("a compressed message is cut short");
  const opCode = payload.readInt32LE(0);
  const size = payload.readInt32LE(4);
  const compressorId = payload[8]!;
  const data = payload.subarray(9);
  if (size < 0 || size > MESSAGE_BYTES_MAX) throw new ProtocolError("a compressed message states a wrong length");
  const plain = uncompressBytes(compressorId, data, size);
  if (plain.length !== size) throw new ProtocolError("a compressed message states a wrong length");
  return { opCode, payload: plain, compressorId };
}

function uncompressBytes(compressorId: number, data: Buffer, size: number): Buffer {
  try {
    if (compressorId === 0) return data;
    if (compressorId === 1) return Buffer.from(snappy.uncompress(data, size));
    if (compressorId === 2) return inflateSync(data, { maxOutputLength: Math.max(size, 1) });
  } catch (cause) {
    throw new ProtocolError("a compressed message cannot be read", { cause });
  }
  throw new ProtocolError("unknown compressor");
}

/** Wraps a payload for OP_COMPRESSED. */
export function compress(compressorId: number, opCode: number, payload: Buffer): Buffer {
  const head = Buffer.allocUnsafe(9);
  head.writeInt32LE(opCode, 0);
  head.writeInt32LE(payload.length, 4);
  head[8] = compressorId;
  if (compressorId === 1) return Buffer.concat([head, snappy.compress(payload)]);
  if (compressorId === 2) return Buffer.concat([head, deflateSync(payload)]);
  return Buffer.concat([head, payload]);
}
