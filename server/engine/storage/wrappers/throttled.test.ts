import { describe, expect, it } from "vitest";
import { MemoryStore } from "../drivers/memory";
import { readObject } from "../storage";
import { describeObjectStore } from "../storage-suite";
import { FaultyStore } from "./faulty";
import { RetryingStore } from "./retrying";
import { ByteRate, SLICE_BYTES, ThrottledStore, type ThrottleTime } from "./throttled";
import { DomainError } from "@/server/platform/errors/domain-error";

/** Time that passes only while somebody waits. */
function fakeTime(): ThrottleTime & { elapsedMs(): number } {
  let now = 5_000;
  return {
    now: () => now,
    wait: async (delayMs) => {
      await Promise.resolve();
      now += delayMs;
    },
    elapsedMs: () => now - 5_000,
  };
}

const MIB = 1024 * 1024;

describeObjectStore("throttled", async () => new ThrottledStore(new MemoryStore(), 50 * MIB, fakeTime()), {
  noLocks: "shown on the store itself",
});

describe("a throttled store", () => {
  it("takes the time that the rate asks for, up and down each for itself", async () => {
    const time = fakeTime();
    const store = new ThrottledStore(new MemoryStore(), MIB, time);
    await store.put("x", Buffer.alloc(10 * MIB));
    // A quarter of a second's worth passes at once.
    expect(time.elapsedMs() / 1000).toBeCloseTo(9.75, 1);
    const before = time.elapsedMs();
    expect(await readObject(store, "x")).toHaveLength(10 * MIB);
    expect((time.elapsedMs() - before) / 1000).toBeCloseTo(9.75, 1);
  });

  it("lets no more than the burst pass after any pause", async () => {
    const time = fakeTime();
    const rate = new ByteRate(MIB, time);
    await time.wait(3_600_000);
    const began = time.now();
    for (let taken = 0; taken < 2 * MIB; taken += SLICE_BYTES) await rate.take(SLICE_BYTES);
    expect((time.now() - began) / 1000).toBeCloseTo(1.75, 1);
  });

  it("passes a slice at a rate below one", async () => {
    const time = fakeTime();
    const rate = new ByteRate(1024, time);
    for (let i = 0; i < 3; i += 1) await rate.take(SLICE_BYTES);
    expect(time.elapsedMs() / 1000).toBeCloseTo(128, 0);
  });

  it("is fair: who reads much and who reads little, begun later, get equal shares", async () => {
    const time = fakeTime();
    const inner = new MemoryStore();
    await inner.put("large", Buffer.alloc(8 * MIB));
    await inner.put("small", Buffer.alloc(MIB));
    const store = new ThrottledStore(inner, MIB, time);
    const doneAt: Record<string, number> = {};
    const read = async (name: string, reader: string) => {
      await readObject(store, name);
      doneAt[reader] = time.elapsedMs() / 1000;
    };
    await Promise.all([read("large", "a"), read("large", "b"), read("small", "c")]);
    // The small one had a third of the rate all the time, and waited for nobody to end.
    expect(doneAt.c).toBeLessThan(3.5);
    expect(doneAt.a).toBeGreaterThan(16);
    expect(Math.abs(doneAt.a! - doneAt.b!)).toBeLessThan(0.2);
  });

  it("shares the rate among writers and leaves a failed put replayable", async () => {
    let failures = 1;
    const faulty = new FaultyStore(new MemoryStore(), {
      after: () => {
        if (failures-- > 0) throw new DomainError("STORAGE_UNAVAILABLE");
      },
    });
    const time = fakeTime();
    const store = new RetryingStore(new ThrottledStore(faulty, MIB, time), { wait: async () => undefined });
    await store.put("x", Buffer.alloc(MIB));
    expect(await store.head("x")).toEqual({ name: "x", bytes: MIB });
    // What was sent twice counts twice.
    expect(time.elapsedMs() / 1000).toBeCloseTo(1.75, 1);
  });
});
