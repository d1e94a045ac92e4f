import { describe, expect, it } from "vitest";
import { READ_PIECE_BYTES, readObject, type ObjectStore } from "./storage";

const withCode = (code: string) => expect.objectContaining({ code });

async function names(store: ObjectStore, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const facts of store.list(prefix)) found.push(facts.name);
  return found;
}

async function* pieces(...values: string[]): AsyncGenerator<Buffer> {
  for (const value of values) yield Buffer.from(value);
}

/** The promises of ObjectStore. Every driver, and every wrapper around one, runs them; `open` gives an empty store. */
export function describeObjectStore(name: string, open: () => Promise<ObjectStore>): void {
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

    it("replaces an object, unless told to keep it", async () => {
      const store = await open();
      await store.put("k", Buffer.from("one"), { ifNoneMatch: true });
      await expect(store.put("k", Buffer.from("two"), { ifNoneMatch: true })).rejects.toThrowError(
        withCode("STORAGE_OBJECT_EXISTS"),
      );
      expect((await readObject(store, "k")).toString()).toBe("one");
      await store.put("k", Buffer.from("three"));
      expect((await readObject(store, "k")).toString()).toBe("three");
    });

    it("lets exactly one of many writers create an object", async () => {
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
