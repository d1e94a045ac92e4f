import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { open, unlink, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertNotAborted } from "./abort";
import type { DocumentEntry } from "../tree";

/** What is read or written at once. */
const IO_BYTES = 256 * 1024;
/** A frame begins with two lengths: key and document. */
const HEAD_BYTES = 8;
const CIPHER = "aes-256-ctr";

/**
 * A sorted part of a collection in a temporary file: frames of two lengths, key and document. The file loses its name
 * as soon as it is made, so it goes with the process, however that ends; it is encrypted with a key that never leaves
 * the process.
 */
export class SortedRun {
  private constructor(
    private readonly file: FileHandle,
    private readonly secret: { key: Buffer; iv: Buffer },
    /** What reading this run holds at most. */
    readonly readerBytes: number,
  ) {}

  /** Writes what comes in its order. The caller closes the run; when this throws, nothing is left. */
  static async write(
    entries: Iterable<DocumentEntry> | AsyncIterable<DocumentEntry>,
    signal: AbortSignal,
  ): Promise<SortedRun> {
    const secret = { key: randomBytes(32), iv: randomBytes(16) };
    const path = join(tmpdir(), `holdfast-sort-${randomBytes(12).toString("hex")}`);
    const file = await open(path, "wx+", 0o600);
    try {
      await unlink(path);
      const frameBytesMax = await writeFrames(file, secret, entries, signal);
      return new SortedRun(file, secret, Math.max(IO_BYTES, frameBytesMax));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** What was written, once. Entries are views that stay valid for as long as somebody holds them. */
  async *entries(): AsyncGenerator<DocumentEntry> {
    const decipher = createDecipheriv(CIPHER, this.secret.key, this.secret.iv);
    let position = 0;
    /** A new buffer with what is left and at least so many bytes in all; what there is where the file ends before. */
    const readOn = async (rest: Buffer, wantedBytes: number): Promise<Buffer> => {
      const buffer = Buffer.allocUnsafe(Math.max(IO_BYTES, wantedBytes));
      let filled = rest.copy(buffer);
      while (filled < buffer.length) {
        const length = Math.min(IO_BYTES, buffer.length - filled);
        const { bytesRead } = await this.file.read(buffer, filled, length, position);
        if (bytesRead === 0) break;
        decipher.update(buffer.subarray(filled, filled + bytesRead)).copy(buffer, filled);
        position += bytesRead;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    };
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      if (rest.length < HEAD_BYTES) rest = await readOn(rest, HEAD_BYTES);
      if (rest.length === 0) return;
      const keyEnd = HEAD_BYTES + rest.readUInt32LE(0);
      const end = keyEnd + rest.readUInt32LE(4);
      if (rest.length < end) rest = await readOn(rest, end);
      if (rest.length < end) throw new RangeError("a temporary file ends within a document");
      yield { key: rest.subarray(HEAD_BYTES, keyEnd), doc: rest.subarray(keyEnd, end) };
      rest = rest.subarray(end);
    }
  }

  /** Gives the disk its space back. */
  async close(): Promise<void> {
    await this.file.close();
  }
}

/** The bytes of the largest frame. */
async function writeFrames(
  file: FileHandle,
  { key: secretKey, iv }: { key: Buffer; iv: Buffer },
  entries: Iterable<DocumentEntry> | AsyncIterable<DocumentEntry>,
  signal: AbortSignal,
): Promise<number> {
  const cipher = createCipheriv(CIPHER, secretKey, iv);
  const piece = Buffer.allocUnsafe(IO_BYTES);
  let filled = 0;
  let frameBytesMax = 0;
  const flush = async (): Promise<void> => {
    assertNotAborted(signal);
    await file.appendFile(cipher.update(piece.subarray(0, filled)));
    filled = 0;
  };
  for await (const { key, doc } of entries) {
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    head.writeUInt32LE(key.length, 0);
    head.writeUInt32LE(doc.length, 4);
    for (const part of [head, key, doc]) {
      for (let at = 0; at < part.length;) {
        const copied = part.copy(piece, filled, at);
        at += copied;
        filled += copied;
        if (filled === IO_BYTES) await flush();
      }
    }
    frameBytesMax = Math.max(frameBytesMax, HEAD_BYTES + key.length + doc.length);
  }
  await flush();
  return frameBytesMax;
}
