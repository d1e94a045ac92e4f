import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { systemClock } from "@/server/platform/clock";
import { PART_BYTES } from "./drivers/pieces";
import { probeStorage } from "./probe";
import { READ_PIECE_BYTES, readObject, type ObjectStore } from "./storage";

/** Long enough for a slow machine to do what must happen under the lock. */
const LOCK_MS = 2_000;

const withCode = (code: string) => expect.objectContaining({ code });

async function names(store: ObjectStore, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const facts of store.list(prefix)) found.push(facts.name);
  return found;
}

async function* pieces(...values: string[]): AsyncGenerator<Buffer> {
  for (const value of values) yield Buffer.from(value);
}

/** What the server behind a driver cannot do; the tests that need it are skipped, with this in their names. */
export interface ServerLimits {
  /** It ignores conditions, so that `ifNoneMatch` overwrites. */
  readonly ignoresConditions?: string;
  /** It cannot lock objects. */
  readonly noLocks?: string;
  /** Tests of many and of large objects are left out: they take too long through this wrapper and prove nothing. */
  readonly onlySmall?: string;
}

/** The promises of ObjectStore. Every driver, and every wrapper around one, runs them; `open` gives an empty store. */
export function describeObjectStore(name: string, open: () => Promise<ObjectStore>, limits: ServerLimits = {}): void {
  const itUnless = (limit: string | undefined, promise: string, body: () => Promise<void>, timeoutMs?: number) =>
    limit === undefined ? it(promise, body, timeoutMs) : it.skip(`${promise} (${limit})`, body);

  describe(`${name} keeps the promises of an object store`, () => {
    it("gives back what was put, from a buffer or from pieces", async () => {
      const store = await open();
      await store.put("a/whole", Buffer.from("hello"));
      await store.put("a/pieces", pieces("he", "", "llo"));
      await store.put("a/empty", Buffer.alloc(0));
      expect((await readObject(store, "a/whole")).toString()).toBe("hello");
      expect((await readObject(store, "a/pieces")).toString()).toBe("hello");
      expect(await readObject(store, "a/empty")).toHaveLength(0);
      expect(await store.head("a/pieces")).toEqual({ name: "a/pieces", bytes: 5 });
    });

    it("reads ranges, and of a range beyond the end what there is", async () => {
      const store = await open();
      await store.put("r", Buffer.from("0123456789"));
      const read = async (offset: number, length: number) =>
        (await readObject(store, "r", { offset, length })).toString();
      expect(await read(2, 3)).toBe("234");
      expect(await read(8, 5)).toBe("89");
      expect(await read(10, 5)).toBe("");
      expect(await read(0, 0)).toBe("");
    });

    it("hands large objects over in bounded pieces that stay as they are", async () => {
      const store = await open();
      const large = Buffer.alloc(READ_PIECE_BYTES * 2 + 17, "holdfast");
      await store.put("large", large);
      const read: Buffer[] = [];
      for await (const piece of store.get("large")) read.push(piece);
      expect(Math.max(...read.map((piece) => piece.length))).toBeLessThanOrEqual(READ_PIECE_BYTES);
      expect(Buffer.concat(read).equals(large)).toBe(true);
    });

    it("says that an object is missing", async () => {
      const store = await open();
      await store.put("folder/object", Buffer.from("x"));
      for (const missing of ["none", "folder", "folder/object/below"]) {
        await expect(readObject(store, missing)).rejects.toThrowError(withCode("STORAGE_OBJECT_NOT_FOUND"));
        expect(await store.head(missing)).toBeNull();
      }
    });

    itUnless(limits.ignoresConditions, "replaces an object, unless told to keep it", async () => {
      const store = await open();
      await store.put("k", Buffer.from("one"), { ifNoneMatch: true });
      await expect(store.put("k", Buffer.from("two"), { ifNoneMatch: true })).rejects.toThrowError(
        withCode("STORAGE_OBJECT_EXISTS"),
      );
      expect((await readObject(store, "k")).toString()).toBe("one");
      await store.put("k", Buffer.from("three"));
      expect((await readObject(store, "k")).toString()).toBe("three");
    });

    itUnless(limits.ignoresConditions, "lets exactly one of many writers create an object", async () => {
      const store = await open();
      const writers = Array.from({ length: 8 }, (_, i) => store.put("one", Buffer.from([i]), { ifNoneMatch: true }));
      const won = (await Promise.allSettled(writers)).map((result) => result.status === "fulfilled");
      expect(won.filter(Boolean)).toHaveLength(1);
      expect([...(await readObject(store, "one"))]).toEqual([won.indexOf(true)]);
    });

    it("shows nothing of an object whose content failed half way, and keeps the old one", async () => {
      const store = await open();
      await store.put("old", Buffer.from("old"));
      async function* failing(): AsyncGenerator<Buffer> {
        yield Buffer.from("half");
        throw new Error("the source is gone");
      }
      await expect(store.put("old", failing())).rejects.toThrowError("the source is gone");
      await expect(store.put("new", failing())).rejects.toThrowError("the source is gone");
      expect((await readObject(store, "old")).toString()).toBe("old");
      expect(await names(store, "")).toEqual(["old"]);
    });

    it("lists by prefix in order of names, through folders", async () => {
      const store = await open();
      const all = ["a-b/x", "a.b", "a/b/c", "a/b/d", "a/bc", "b/a", "ba"];
      for (const name of [...all].reverse()) await store.put(name, Buffer.from(name));
      expect(await names(store, "")).toEqual([...all].sort());
      expect(await names(store, "a/b")).toEqual(["a/b/c", "a/b/d", "a/bc"]);
      expect(await names(store, "a/b/")).toEqual(["a/b/c", "a/b/d"]);
      expect(await names(store, "b")).toEqual(["b/a", "ba"]);
      expect(await names(store, "none/")).toEqual([]);
    });

    itUnless(limits.ignoresConditions, "lets exactly one of many writers create a large object", async () => {
      const store = await open();
      const large = (i: number) => Buffer.alloc(PART_BYTES + 100_000, `writer ${i} `);
      const writers = Array.from({ length: 3 }, (_, i) => store.put("many/one", large(i), { ifNoneMatch: true }));
      const won = (await Promise.allSettled(writers)).map((result) => result.status === "fulfilled");
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await readObject(store, "many/one")).equals(large(won.indexOf(true)))).toBe(true);
      await expect(store.put("many/one", large(9), { ifNoneMatch: true })).rejects.toThrowError(
        withCode("STORAGE_OBJECT_EXISTS"),
      );
    });

    itUnless(limits.onlySmall, "stores large objects, from a buffer and from a stream of odd pieces", async () => {
      const store = await open();
      const large = Buffer.concat([
        randomBytes(1024 * 1024 + 7),
        Buffer.alloc(20 * 1024 * 1024, "holdfast "),
        randomBytes(9),
      ]);
      async function* oddPieces(): AsyncGenerator<Buffer> {
        for (let at = 0, step = 1; at < large.length; at += step, step = (step * 7 + 13) % 900_001) {
          yield large.subarray(at, at + step);
        }
      }
      await store.put("whole", large);
      await store.put("streamed", oddPieces());
      for (const name of ["whole", "streamed"]) {
        expect(await store.head(name)).toEqual({ name, bytes: large.length });
        expect((await readObject(store, name)).equals(large)).toBe(true);
        const range = { offset: PART_BYTES - 3, length: 11 };
        expect((await readObject(store, name, range)).equals(large.subarray(PART_BYTES - 3, PART_BYTES + 8))).toBe(
          true,
        );
      }
    });

    it("stores objects of exactly one part, and of a byte more", async () => {
      const store = await open();
      for (const bytes of [PART_BYTES, PART_BYTES + 1]) {
        await store.put("border", Buffer.alloc(bytes, 1));
        expect((await readObject(store, "border")).equals(Buffer.alloc(bytes, 1))).toBe(true);
      }
    });

    it("shows nothing of a large object whose content failed after several parts, and keeps the old one", async () => {
      const store = await open();
      await store.put("old", Buffer.from("old"));
      async function* failing(): AsyncGenerator<Buffer> {
        yield Buffer.alloc(PART_BYTES + 1);
        yield Buffer.alloc(PART_BYTES);
        throw new Error("the source is gone");
      }
      await expect(store.put("old", failing())).rejects.toThrowError("the source is gone");
      await expect(store.put("new", failing(), { ifNoneMatch: true })).rejects.toThrowError("the source is gone");
      expect((await readObject(store, "old")).toString()).toBe("old");
      expect(await store.head("new")).toBeNull();
      expect(await names(store, "")).toEqual(["old"]);
    });

    itUnless(
      limits.onlySmall,
      "lists more objects than fit one answer, each once, in order",
      async () => {
        const store = await open();
        const all = Array.from({ length: 1203 }, (_, i) => `n${i % 7}/${(i * 7919) % 1203}-x`);
        for (let at = 0; at < all.length; at += 24) {
          await Promise.all(all.slice(at, at + 24).map((name) => store.put(name, Buffer.from("x"))));
        }
        expect(await names(store, "")).toEqual([...all].sort());
        expect(await names(store, "n3/1")).toEqual(all.filter((name) => name.startsWith("n3/1")).sort());
      },
      120_000,
    );

    it("stops reading when the reader does", async () => {
      const store = await open();
      await store.put("long", Buffer.alloc(READ_PIECE_BYTES * 3, "x"));
      for await (const piece of store.get("long")) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
      expect((await readObject(store, "long", { offset: 0, length: 3 })).toString()).toBe("xxx");
    });

    it("takes every name that it promises to take", async () => {
      const store = await open();
      const odd = ["A", "-", "_", "0/0.0", "a..b", "x-/_.-", `${"d".repeat(100)}/${"e".repeat(100)}`, "f.", "con.txt"];
      for (const name of odd) await store.put(name, Buffer.from(name));
      expect(await names(store, "")).toEqual([...odd].sort());
      for (const name of odd) expect((await readObject(store, name)).toString()).toBe(name);
    });

    itUnless(limits.noLocks, "keeps a locked object until its time, which can be put off", async () => {
      const store = await open();
      const inMs = (ms: number) => ({ mode: "GOVERNANCE" as const, until: new Date(new Date().getTime() + ms) });
      await store.put("locked", Buffer.from("kept"), { lock: inMs(LOCK_MS) });
      await store.extendLock("locked", inMs(LOCK_MS + 2_000));
      await expect(store.delete("locked")).rejects.toThrowError(withCode("STORAGE_OBJECT_LOCKED"));
      expect((await readObject(store, "locked")).toString()).toBe("kept");
      await sleep(LOCK_MS + 2_500);
      await store.delete("locked");
      expect(await store.head("locked")).toBeNull();
    });

    it("deletes, and does not mind when there is nothing to delete", async () => {
      const store = await open();
      await store.put("d/x", Buffer.from("x"));
      await store.delete("d/x");
      await store.delete("d/x");
      expect(await store.head("d/x")).toBeNull();
      expect(await names(store, "")).toEqual([]);
    });

    it("refuses names that lead elsewhere", async () => {
      const store = await open();
      for (const name of [
        "",
        "../x",
        "a/../b",
        "/a",
        "a//b",
        "a/",
        ".hidden",
        "a/.b",
        "a\\b",
        "a\0b",
        "x".repeat(600),
      ]) {
        await expect(store.put(name, Buffer.from("x"))).rejects.toThrowError(withCode("VALIDATION_ERROR"));
        await expect(readObject(store, name)).rejects.toThrowError(withCode("VALIDATION_ERROR"));
      }
    });
  });
}

/** What a driver says when it is not let in; each opens the same storage with one thing wrong. */
export interface WrongAccess {
  readonly noSuchBucket: () => ObjectStore;
  readonly wrongSecret?: () => ObjectStore;
  readonly unknownUser?: () => ObjectStore;
  /** For a server that answers to a wrong secret as the real service answers to a missing permission. */
  readonly wrongSecretCode?: string;
  /** Words that no message may contain. */
  readonly secrets: readonly string[];
}

/** Every way of being refused has a code of its own, from every call, and no message holds a secret. */
export function describeWrongAccess(name: string, wrong: WrongAccess): void {
  const cases = [
    { what: "a missing bucket", code: "STORAGE_BUCKET_NOT_FOUND", open: wrong.noSuchBucket },
    { what: "a wrong secret", code: wrong.wrongSecretCode ?? "STORAGE_CREDENTIALS_WRONG", open: wrong.wrongSecret },
    { what: "an unknown user", code: "STORAGE_CREDENTIALS_WRONG", open: wrong.unknownUser },
  ];
  describe(`${name} says why it is not let in`, () => {
    for (const { what, code, open } of cases) {
      if (!open) continue;
      it(`${what} is ${code}, whatever is asked for`, async () => {
        const store = open();
        const calls = {
          put: () => store.put("x", Buffer.from("x")),
          "large put": () => store.put("x", Buffer.alloc(PART_BYTES + 1)),
          get: () => readObject(store, "x"),
          head: () => store.head("x"),
          list: () => names(store, ""),
          delete: () => store.delete("x"),
        };
        for (const [call, work] of Object.entries(calls)) {
          const error: unknown = await work().catch((thrown: unknown) => thrown);
          expect(error, call).toEqual(withCode(code));
          const said = inspect(error, { depth: 8, showHidden: true });
          for (const secret of wrong.secrets) expect(said, call).not.toContain(secret);
        }
        const probe = await probeStorage(store, { clock: systemClock, signal: AbortSignal.timeout(30_000) });
        expect(probe.ok).toBe(false);
        expect(probe.steps[0]).toMatchObject({ name: "reach", ok: false, code });
      });
    }
  });
}
