import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { fixedClock, systemClock } from "@/server/platform/clock";
import { DomainError } from "@/server/platform/errors/domain-error";
import { MemoryStore } from "./drivers/memory";
import { probeStorage, type ProbeResult } from "./probe";
import { openObjectStore } from "./registry";
import type { ObjectStore } from "./storage";
import { FAKE_S3_USER, FakeS3 } from "./testing/fake-s3";
import { Refused } from "./testing/fake-s3-bucket";
import { FaultyStore } from "./wrappers/faulty";

const signal = () => AbortSignal.timeout(10_000);
const probe = (store: ObjectStore) => probeStorage(store, { clock: systemClock, signal: signal() });
const failed = ({ steps }: ProbeResult) => steps.filter(({ ok }) => !ok).map(({ name, code }) => [name, code]);
const denied = () => new DomainError("STORAGE_ACCESS_DENIED", { message: "AccessDenied (403)" });

async function objects(store: ObjectStore): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list("")) names.push(name);
  return names;
}

describe("the test of a storage", () => {
  it("takes seven steps, and leaves nothing behind", async () => {
    const store = new MemoryStore();
    const result = await probe(store);
    expect(result.ok).toBe(true);
    expect(result.steps.map(({ name }) => name).join(" ")).toBe("reach write read list conditional delete clock");
    expect(result.steps.every(({ ok, code, message }) => ok && code === null && message === null)).toBe(true);
    expect(await objects(store)).toEqual([]);
  });

  it.each([
    ["head", [["reach", "STORAGE_ACCESS_DENIED"]]],
    ["put", [["write", "STORAGE_ACCESS_DENIED"]]],
    ["get", [["read", "STORAGE_ACCESS_DENIED"]]],
    ["list", [["list", "STORAGE_ACCESS_DENIED"]]],
    ["delete", [["delete", "STORAGE_ACCESS_DENIED"]]],
  ])("names the step that needs the missing right to %s", async (operation, expected) => {
    const inner = new MemoryStore();
    const before = (asked: string) => {
      if (asked === operation) throw denied();
    };
    const result = await probe(new FaultyStore(inner, { before }));
    expect(failed(result)).toEqual(expected);
    expect(result.steps.find(({ ok }) => !ok)?.message).toMatch(/^the credentials may not .*AccessDenied/);
    if (operation !== "delete") expect(await objects(inner)).toEqual([]);
  });

  it("removes what a put left that failed after it had happened", async () => {
    const inner = new MemoryStore();
    const after = (operation: string) => {
      if (operation === "put") throw new DomainError("STORAGE_UNAVAILABLE");
    };
    expect(failed(await probe(new FaultyStore(inner, { after })))).toEqual([["write", "STORAGE_UNAVAILABLE"]]);
    expect(await objects(inner)).toEqual([]);
  });

  it("finds a storage that gives back something else", async () => {
    const flip = new FaultyStore(new MemoryStore(), { piece: (_name, piece) => Buffer.alloc(piece.length) });
    expect(failed(await probe(flip))).toEqual([["read", "STORAGE_UNSUITABLE"]]);
  });

  it("warns of what a bucket keeps locked by itself", async () => {
    const before = (operation: string) => {
      if (operation === "delete") throw new DomainError("STORAGE_OBJECT_LOCKED");
    };
    const result = await probe(new FaultyStore(new MemoryStore(), { before }));
    expect(result.ok).toBe(true);
    expect(result.steps.find(({ name }) => name === "delete")).toMatchObject({
      ok: true,
      code: "STORAGE_OBJECT_LOCKED",
    });
  });

  it("tells a storage that does not answer in time from a person who gave up, and cleans up after both", async () => {
    const inner = new MemoryStore();
    let release = () => {};
    const held = new Promise<void>((done) => (release = done));
    const before = (operation: string) => (operation === "get" ? held : undefined);
    const store = new FaultyStore(inner, { before });
    const result = await probeStorage(store, { clock: systemClock, signal: AbortSignal.timeout(50) });
    expect(failed(result)[0]).toEqual(["read", "STORAGE_UNAVAILABLE"]);
    const cancel = new AbortController();
    const cancelled = probeStorage(store, { clock: systemClock, signal: cancel.signal });
    setTimeout(() => cancel.abort(new Error("never mind")), 20);
    await expect(cancelled).rejects.toThrowError("never mind");
    release();
    await expect.poll(() => objects(inner)).toEqual([]);
  });
});

describe("the test of an S3 server", () => {
  const fake = new FakeS3();
  let url = "";
  beforeAll(async () => {
    url = `s3://some-bucket?endpoint=${await fake.start({ "some-bucket": { hasLocks: true } })}&objectLock=1`;
  });
  afterEach(() => {
    fake.ignoresConditions = false;
    fake.listsFoldersFirst = false;
    fake.clockOffsetMs = 0;
    fake.fault = () => null;
  });
  afterAll(() => fake.stop());
  const credentials = { kind: "s3" as const, accessKeyId: FAKE_S3_USER.id, secretAccessKey: FAKE_S3_USER.secret };
  const open = () => openObjectStore(url, { credentials });

  it("passes, on a location that locks everything too", async () => {
    expect(await probe(openObjectStore(`${url}&lockDays=1&lockMode=compliance`, { credentials }))).toMatchObject({
      ok: true,
    });
    expect(await objects(open())).toEqual([]);
  });

  it("says plainly that it ignores conditional puts", async () => {
    fake.ignoresConditions = true;
    const result = await probe(open());
    expect(failed(result)).toEqual([["conditional", "STORAGE_UNSUITABLE"]]);
    expect(result.steps.find(({ ok }) => !ok)?.message).toContain("ignores conditional puts (If-None-Match)");
  });

  it("says that it lists in an order of its own", async () => {
    fake.listsFoldersFirst = true;
    const result = await probe(open());
    expect(failed(result)).toEqual([["list", "STORAGE_UNSUITABLE"]]);
    expect(result.steps.find(({ ok }) => !ok)?.message).toContain("order of its own");
  });

  it.each([
    [30_000, true, null],
    [-90_000, true, "this machine's clock is 90 s ahead of the storage's"],
    [400_000, false, "this machine's clock is 400 s behind the storage's"],
  ])("compares the clocks: off by %i ms", async (offsetMs, ok, words) => {
    fake.clockOffsetMs = offsetMs;
    const store = open();
    const clock = fixedClock(new Date());
    const step = (await probeStorage(store, { clock, signal: signal() })).steps.find(({ name }) => name === "clock")!;
    expect(step).toMatchObject({ ok, code: ok ? null : "STORAGE_CLOCK_SKEW" });
    if (words === null) expect(step.message).toBeNull();
    // The header has whole seconds, and the test takes some itself.
    else expect(step.message).toMatch(new RegExp(words.replace(/\d+ s/, "\\d+ s")));
  });

  it("says that the clock is wrong, not the key, when the server refuses for that", async () => {
    fake.clockOffsetMs = 3_600_000;
    const result = await probe(open());
    expect(failed(result)).toEqual([
      ["reach", "STORAGE_CLOCK_SKEW"],
      ["clock", "STORAGE_CLOCK_SKEW"],
    ]);
  });

  it("tells apart who may not write and who may not delete", async () => {
    fake.fault = ({ method }) => (method === "PUT" ? new Refused(403, "AccessDenied") : null);
    expect(failed(await probe(open()))).toEqual([["write", "STORAGE_ACCESS_DENIED"]]);
    fake.fault = ({ method }) => (method === "DELETE" ? new Refused(403, "AccessDenied") : null);
    expect(failed(await probe(open()))).toEqual([["delete", "STORAGE_ACCESS_DENIED"]]);
  });
});
