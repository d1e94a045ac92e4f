import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeValueKey } from "../bson/key";
import { isDomainError } from "@/server/platform/errors/domain-error";
import type { DocumentEntry } from "../tree";
import { sortExternally } from "./external-sort";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const KiB = 1024;
const MiB = 1024 * KiB;
const never = new AbortController().signal;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-test-"));
  vi.stubEnv("TMPDIR", folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** The key is the number, the document so many bytes of it; in an order that is not the keys'. */
async function* shuffled(count: number, bytes: number): AsyncGenerator<DocumentEntry[]> {
  for (let i = 0; i < count; i += 1) {
    const number = (i * 7919) % count;
    yield [{ key: encodeValueKey(number), doc: Buffer.alloc(bytes, number) }];
  }
}

interface Sorted {
  documents: number;
  /** Most bytes of buffers that were reachable while documents came out. */
  heldBytesMax: number;
  openFilesMax: number;
  namesSeen: Set<string>;
}

/** Sorts with a run for each document and looks at the process `looks` times. */
async function sortAndWatch(count: number, bytes: number, looks: number): Promise<Sorted> {
  collectGarbage();
  const before = { bytes: process.memoryUsage().arrayBuffers, files: countOpenFiles() };
  const seen: Sorted = { documents: 0, heldBytesMax: 0, openFilesMax: 0, namesSeen: new Set() };
  const lookAt = async (): Promise<void> => {
    collectGarbage();
    seen.heldBytesMax = Math.max(seen.heldBytesMax, process.memoryUsage().arrayBuffers - before.bytes);
    seen.openFilesMax = Math.max(seen.openFilesMax, countOpenFiles() - before.files);
    for (const name of await readdir(folder)) seen.namesSeen.add(name);
  };
  let next = 0;
  for await (const group of sortExternally(shuffled(count, bytes), never, bytes)) {
    for (const { key, doc } of group) {
      expect(key).toEqual(encodeValueKey(seen.documents));
      expect([doc.length, doc[0], doc.at(-1)]).toEqual([bytes, seen.documents % 256, seen.documents % 256]);
      seen.documents += 1;
    }
    if (seen.documents < next) continue;
    await lookAt();
    next += Math.ceil(count / looks);
  }
  return seen;
}

const countOpenFiles = (): number => (existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0);

describe("sortExternally holds bounded memory", { timeout: 120_000 }, () => {
  it("of a bounded part of each run, and bounded runs at a time", async () => {
    const { documents, heldBytesMax, openFilesMax } = await sortAndWatch(300, MiB, 10);
    expect(documents).toBe(300);
    expect(heldBytesMax).toBeLessThan(64 * MiB);
    expect(openFilesMax).toBeLessThan(100);
  });

  it("with documents of 16 MiB", async () => {
    const { documents, heldBytesMax } = await sortAndWatch(14, 16 * MiB, 14);
    expect(documents).toBe(14);
    expect(heldBytesMax).toBeLessThan(112 * MiB);
  });

  it("with few open files, however many runs there are", async () => {
    const { documents, openFilesMax } = await sortAndWatch(3000, 100, 20);
    expect(documents).toBe(3000);
    expect(openFilesMax).toBeLessThan(128);
  });
});

describe("what sortExternally keeps on disk", () => {
  it("has no name, so that it goes with the process, however that ends", async () => {
    const { namesSeen } = await sortAndWatch(100, KiB, 10);
    expect([...namesSeen]).toEqual([]);
  });

  it.skipIf(!existsSync("/proc/self/fd"))("cannot be read by whoever reads the disk", async () => {
    const marker = Buffer.from("a text that nobody else may read");
    async function* groups(): AsyncGenerator<DocumentEntry[]> {
      for (let i = 0; i < 10; i += 1) yield [{ key: encodeValueKey(i), doc: marker }];
    }
    const sorted = sortExternally(groups(), never, 1);
    await sorted.next();
    const contents = await openFilesBelow(folder);
    expect(contents.length).toBeGreaterThan(0);
    for (const content of contents) expect(content.includes(marker)).toBe(false);
    await sorted.return(undefined);
  });

  it("is given back when nobody wants the rest, and when a source fails", async () => {
    const before = countOpenFiles();
    const sorted = sortExternally(shuffled(50, KiB), never, KiB);
    await sorted.next();
    await sorted.return(undefined);
    const failing = sortExternally(
      (async function* () {
        yield* shuffled(50, KiB);
        throw new Error("the source failed");
      })(),
      never,
      KiB,
    );
    await expect(failing.next()).rejects.toThrow("the source failed");
    expect(countOpenFiles()).toBe(before);
  });
});

it("sortExternally stops at its signal", async () => {
  const stop = new AbortController();
  const sorted = sortExternally(shuffled(50, MiB), stop.signal, MiB);
  await sorted.next();
  stop.abort();
  await expect(sorted.next()).rejects.toSatisfy((error) => isDomainError(error, "RUN_CANCELLED"));
});

/** Through their descriptors: these files have no name. */
async function openFilesBelow(path: string): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for (const fd of await readdir("/proc/self/fd")) {
    const target = await readlink(`/proc/self/fd/${fd}`).catch(() => "");
    if (target.startsWith(path)) found.push(await readFile(`/proc/self/fd/${fd}`));
  }
  return found;
}
