import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openDriver } from "@/server/engine/storage/registry";
import { describeObjectStore, describeWrongAccess } from "@/server/engine/storage/storage-suite";
import { openObjectStore, parseStorageUrl, probeStorage, readObject } from "@/server/engine/storage";
import { systemClock } from "@/server/platform/clock";
import { readSubject } from "./subject";

/** The contract suite on a server that somebody else wrote; HOLDFAST_INTEROP_STORAGE says which. */
const subject = readSubject();
const { name, credentials, limits, wrong } = subject;

/** A folder of its own in the bucket, so that each test finds it empty. */
const fresh = (bucket = subject.bucket) => `${subject.scheme}://${bucket}/${randomUUID()}?${subject.query}`;
const driver = (url: string, as = credentials) => openDriver(parseStorageUrl(url), as);

describeObjectStore(name, async () => driver(fresh()), limits);

if (wrong) {
  describeWrongAccess(name, {
    noSuchBucket: () => driver(fresh(wrong.bucket)),
    ...(wrong.secret && { wrongSecret: () => driver(fresh(), wrong.secret) }),
    ...(wrong.user && { unknownUser: () => driver(fresh(), wrong.user) }),
    secrets: subject.secrets,
  });
}

describe(`${name} under the portal`, () => {
  it("passes the test of a storage, which leaves nothing behind", async () => {
    const url = fresh();
    const store = openObjectStore(url, { credentials, bytesPerSecondMax: 50_000_000 });
    const result = await probeStorage(store, { clock: systemClock, signal: AbortSignal.timeout(60_000) });
    expect(result.steps.filter(({ ok, message }) => !ok || message !== null)).toEqual([]);
    expect(result.steps.map((step) => step.name)).toEqual([
      "reach",
      "write",
      "read",
      "list",
      "conditional",
      "delete",
      "clock",
    ]);
    for await (const facts of driver(url).list("")) expect.unreachable(`${facts.name} was left behind`);
  });

  it("says what time it is", async () => {
    const store = driver(fresh());
    await store.head("x");
    expect(Math.abs(store.serverTime!()!.getTime() - new Date().getTime())).toBeLessThan(5_000);
  });

  it.skipIf(!subject.lockedBucket)(
    "locks every object of a location that says so, and the probe's own none",
    async () => {
      const url = `${fresh(subject.lockedBucket)}&objectLock=1&lockDays=1&lockMode=governance`;
      const store = openObjectStore(url, { credentials });
      const result = await probeStorage(store, { clock: systemClock, signal: AbortSignal.timeout(60_000) });
      expect(result.steps.filter(({ ok, code }) => !ok || code !== null)).toEqual([]);
      for (const content of [Buffer.from("x"), Buffer.alloc(9_000_000, "x")]) {
        await store.put("kept", content);
        await expect(store.delete("kept")).rejects.toThrowError(
          expect.objectContaining({ code: "STORAGE_OBJECT_LOCKED" }),
        );
        expect(await readObject(store, "kept")).toHaveLength(content.length);
      }
    },
  );

  it.skipIf(!subject.lockedBucket)(
    "refuses to shorten a lock that nobody may lift, and to delete under it",
    async () => {
      const store = driver(`${fresh(subject.lockedBucket)}&objectLock=1`);
      const inMs = (ms: number) => ({ mode: "COMPLIANCE" as const, until: new Date(new Date().getTime() + ms) });
      await store.put("kept", Buffer.from("x"), { lock: inMs(60_000), ifNoneMatch: true });
      await store.extendLock("kept", inMs(120_000));
      await expect(store.extendLock("kept", inMs(30_000))).rejects.toThrowError(
        expect.objectContaining({ code: "STORAGE_OBJECT_LOCKED" }),
      );
      await expect(store.delete("kept")).rejects.toThrowError(
        expect.objectContaining({ code: "STORAGE_OBJECT_LOCKED" }),
      );
    },
  );

  it.skipIf(!subject.lockedBucket)(
    "removes every version of an object, so that none comes to light again",
    async () => {
      const store = driver(`${fresh(subject.lockedBucket)}&objectLock=1`);
      for (const content of ["one", "two", "three"]) await store.put("v", Buffer.from(content));
      await store.delete("v");
      expect(await store.head("v")).toBeNull();
      await store.delete("v");
    },
  );

  it.skipIf(!subject.lockedBucket)("says so when a bucket cannot lock", async () => {
    const lock = { mode: "COMPLIANCE" as const, until: new Date(new Date().getTime() + 60_000) };
    const refused = expect.objectContaining({ code: "STORAGE_LOCK_UNSUPPORTED" });
    await expect(driver(fresh()).put("x", Buffer.from("x"), { lock })).rejects.toThrowError(refused);
  });
});
