import { createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { DomainError } from "@/server/platform/errors/domain-error";

/** Writes to standard output; answers how many bytes. Throws when the reader goes away. */
export async function writeToStdout(archive: AsyncIterable<Buffer>, gzip: boolean): Promise<number> {
  return send(archive, gzip, process.stdout, { end: false });
}

/** Writes FILE.part, makes it durable and gives it its name; nothing is left behind when it fails. */
export async function writeToFile(archive: AsyncIterable<Buffer>, gzip: boolean, file: string): Promise<number> {
  const part = `${file}.part`;
  try {
    const bytes = await send(archive, gzip, createWriteStream(part, { mode: 0o600, flush: true }), { end: true });
    await rename(part, file);
    await flushFolder(dirname(file));
    return bytes;
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function send(
  archive: AsyncIterable<Buffer>,
  gzip: boolean,
  target: Writable,
  options: { end: boolean },
): Promise<number> {
  let bytes = 0;
  const count = async function* (pieces: AsyncIterable<Buffer>) {
    for await (const piece of pieces) {
      bytes += piece.length;
      yield piece;
    }
  };
  const source = Readable.from(archive, { objectMode: true, highWaterMark: 1 });
  try {
    if (gzip) await pipeline(source, createGzip(), count, target, options);
    else await pipeline(source, count, target, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPIPE")
      throw new DomainError("STORAGE_UNAVAILABLE", {
        message: "the program that reads the archive went away",
        cause: error,
      });
    throw error;
  }
  return bytes;
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
