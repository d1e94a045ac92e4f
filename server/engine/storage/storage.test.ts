import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { DomainError } from "@/server/platform/errors/domain-error";
import { FilesystemStore } from "./drivers/filesystem";
import { storageError } from "./drivers/filesystem-errors";
import { MemoryStore } from "./drivers/memory";
import { openObjectStore } from "./registry";
import { readObject, type ByteRange } from "./storage";
import { describeObjectStore, type ServerLimits } from "./storage-suite";
import { FaultyStore, type Faults } from "./wrappers/faulty";
import { ReadOnlyStore } from "./wrappers/read-only";
import { RetryingStore } from "./wrappers/retrying";
import { WrappedStore } from "./wrappers/wrapped";

const folders: string[] = [];
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "holdfast-storage-"));
  folders.push(made);
  return made;
}
afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true, force: true }))));

const withCode = (code: string) => expect.objectContaining({ code });
const unavailable = () => new DomainError("STORAGE_UNAVAILABLE");

const wrapped: ServerLimits = { noLocks: "only shown on the stores themselves", onlySmall: "as above" };

describeObjectStore("memory", async () => new MemoryStore());
describeObjectStore("filesystem", async () => new FilesystemStore(await folder()), { noLocks: "files have no locks" });
describeObjectStore("faulty without faults", async () => new FaultyStore(new MemoryStore(), {}), wrapped);
describeObjectStore(
  "retrying over failures",
  async () => {
    let calls = 0;
    const before: Faults["before"] = (operation) => {
      // Puts are let through: the suite's generators can be read once, which gives them a single try.
      if (operation !== "put" && (calls += 1) % 2 === 1) throw unavailable();
    };
    return new RetryingStore(new FaultyStore(new MemoryStore(), { before }), { wait: async () => undefined });
  },
  wrapped,
);

describe("the filesystem driver", () => {
  it("is what a file URL opens, and keeps objects across openings", async () => {
    const url = pathToFileURL(join(await folder(), "sub folder")).href;
    await openObjectStore(url).put("x/y", Buffer.from("kept"));
    const store = openObjectStore(url);
    expect(store.kind).toBe("filesystem");
    expect((await readObject(store, "x/y")).toString()).toBe("kept");
    expect(() => openObjectStore("ftp://somewhere")).toThrowError(withCode("VALIDATION_ERROR"));
  });

  it("leaves no temporary file behind, and sweeps those of killed writers after a day", async () => {
    const root = await folder();
    const store = new FilesystemStore(root);
    await store.put("a", Buffer.from("a"));
    await store.put("b", Buffer.from("b"), { ifNoneMatch: true });
    const [old, young] = [randomUUID(), randomUUID()];
    await writeFile(join(root, ".tmp", old), "x");
    await writeFile(join(root, ".tmp", young), "x");
    await writeFile(join(root, ".tmp", "somebody-else's"), "x");
    for (const name of [old, "somebody-else's"]) await utimes(join(root, ".tmp", name), new Date(0), new Date(0));
    await new FilesystemStore(root).put("c", Buffer.from("c"));
    expect((await readdir(join(root, ".tmp"))).sort()).toEqual([young, "somebody-else's"].sort());
  });

  it("refuses a temporary folder that leads elsewhere, and touches nothing there", async () => {
    const [root, elsewhere] = [await folder(), await folder()];
    const old = join(elsewhere, randomUUID());
    await writeFile(old, "x");
    await utimes(old, new Date(0), new Date(0));
    await symlink(elsewhere, join(root, ".tmp"));
    const put = new FilesystemStore(root).put("a", Buffer.from("a"));
    await expect(put).rejects.toThrowError(withCode("STORAGE_REFUSED"));
    expect(await readdir(elsewhere)).toHaveLength(1);
  });

  it("names a full and a read-only disk, and hands on errors that are not the disk's", () => {
    const system = (code: string) => Object.assign(new Error(code), { code });
    expect(storageError(system("ENOSPC"), "x")).toEqual(withCode("STORAGE_FULL"));
    expect(storageError(system("EROFS"), "x")).toEqual(withCode("STORAGE_READ_ONLY"));
    expect(storageError(system("EIO"), "x")).toEqual(withCode("STORAGE_UNAVAILABLE"));
    const other = new Error("from the source");
    expect(storageError(other, "x")).toBe(other);
  });
});

describe("reading an object as a whole", () => {
  it("stops at what was asked for, also where the storage gives more, and at what may be at most", async () => {
    class Unbounded extends MemoryStore {
      yielded = 0;
      override async *get(): AsyncGenerator<Buffer> {
        for (; this.yielded < 1000; this.yielded += 1) yield Buffer.alloc(10);
      }
    }
    const refused = expect.objectContaining({
      code: "STORAGE_REFUSED",
      params: { name: "x", reason: "TOO_LONG", status: null },
    });
    const ignoresRange = new Unbounded();
    await expect(readObject(ignoresRange, "x", { offset: 0, length: 20 })).rejects.toThrowError(refused);
    expect(ignoresRange.yielded).toBe(2);
    await expect(readObject(new Unbounded(), "x", undefined, 9_999)).rejects.toThrowError(refused);
    expect(await readObject(new Unbounded(), "x", undefined, 10_000)).toHaveLength(10_000);
  });
});

describe("the read-only wrapper", () => {
  it("reads and refuses to change", async () => {
    const inner = new MemoryStore();
    await inner.put("x", Buffer.from("x"));
    const store = new ReadOnlyStore(inner);
    expect((await readObject(store, "x")).toString()).toBe("x");
    await expect(store.put("y")).rejects.toThrowError(withCode("STORAGE_READ_ONLY"));
    await expect(store.delete("x")).rejects.toThrowError(withCode("STORAGE_READ_ONLY"));
    expect(await store.head("x")).not.toBeNull();
  });
});

describe("the retrying wrapper", () => {
  it("waits longer each time, with jitter, and gives up with the storage's own error", async () => {
    const waits: number[] = [];
    const faulty = new FaultyStore(new MemoryStore(), { before: () => Promise.reject(unavailable()) });
    const wait = async (delayMs: number) => void waits.push(delayMs);
    const store = new RetryingStore(faulty, {
      attemptsMax: 4,
      delayMsMin: 100,
      delayMsMax: 300,
      wait,
      random: () => 0.5,
    });
    await expect(store.put("x", Buffer.from("x"))).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
    expect(waits).toEqual([75, 150, 225]);
  });

  it("does not try again when that cannot help", async () => {
    let tries = 0;
    const faulty = new FaultyStore(new MemoryStore(), {
      before: () => {
        tries += 1;
        throw new DomainError("STORAGE_FULL");
      },
    });
    await expect(new RetryingStore(faulty).put("x", Buffer.from("x"))).rejects.toThrowError(withCode("STORAGE_FULL"));
    expect(tries).toBe(1);
  });

  it("goes on with a read where it broke off", async () => {
    const inner = new MemoryStore();
    const content = Buffer.alloc(3 * 1024 * 1024, "abcdefg");
    await inner.put("x", content);
    let breaks = 2;
    const faulty = new FaultyStore(inner, {
      piece: (_name, piece, offset) => {
        if (offset > 0 && breaks-- > 0) throw unavailable();
        return piece;
      },
    });
    const read = await readObject(new RetryingStore(faulty, { wait: async () => undefined }), "x");
    expect(read.equals(content)).toBe(true);
  });

  describe("when an object that is read is overwritten meanwhile", () => {
    const BYTES = 48 * 1024;
    /** The read breaks off half way, `count` times; before it goes on the object is another. */
    const openChanging = async (after: Buffer | null, count = 1) => {
      const inner = new MemoryStore();
      await inner.put("x", Buffer.alloc(BYTES, "old "));
      class Broken extends WrappedStore {
        left = count;
        override async *get(name: string, range?: ByteRange): AsyncGenerator<Buffer> {
          for await (const piece of inner.get(name, range)) {
            if (this.left-- <= 0) yield piece;
            else {
              yield piece.subarray(0, BYTES / 2);
              if (after) await inner.put(name, after);
              throw unavailable();
            }
          }
        }
      }
      return new RetryingStore(new Broken(inner), { wait: async () => undefined });
    };

    it.each([
      ["of the same length", Buffer.alloc(BYTES, "new ")],
      ["that is shorter than what was read", Buffer.alloc(BYTES / 4, "old ")],
      ["that is gone but for its name", Buffer.alloc(0)],
    ])("fails rather than join it to one %s", async (_what, after) => {
      const store = await openChanging(after);
      await expect(readObject(store, "x")).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
      const ranged = readObject(await openChanging(after), "x", { offset: 8, length: 64 * 1024 });
      await expect(ranged).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
    });

    it("goes on with one that is the same", async () => {
      const store = await openChanging(null, 3);
      expect((await readObject(store, "x")).equals(Buffer.alloc(BYTES, "old "))).toBe(true);
      const ranged = await readObject(await openChanging(null, 3), "x", { offset: 8, length: 64 * 1024 });
      expect(ranged.equals(Buffer.alloc(BYTES - 8, "old "))).toBe(true);
    });
  });

  it("knows its own object again when the storage failed after storing it, and nobody else's", async () => {
    let fail = true;
    const inner = new MemoryStore();
    const faulty = new FaultyStore(inner, {
      after: () => {
        if (fail) {
          fail = false;
          throw unavailable();
        }
      },
    });
    const store = new RetryingStore(faulty, { wait: async () => undefined });
    await store.put("x", Buffer.from("mine"), { ifNoneMatch: true });
    await expect(store.put("x", Buffer.from("else"), { ifNoneMatch: true })).rejects.toThrowError(
      withCode("STORAGE_OBJECT_EXISTS"),
    );
  });

  describe("where the bucket locks what is stored in it", () => {
    const inAnHour = () => ({ mode: "GOVERNANCE" as const, until: new Date(new Date().getTime() + 3_600_000) });
    /** Its answers to the first puts are lost. */
    const open = (lost: number) => {
      class LockingStore extends MemoryStore {
        override async put(...[name, content, options]: Parameters<MemoryStore["put"]>): Promise<void> {
          await super.put(name, content, { lock: inAnHour(), ...options });
        }
      }
      const after = () => {
        if (lost-- > 0) throw unavailable();
      };
      return new RetryingStore(new FaultyStore(new LockingStore(), { after }), { wait: async () => undefined });
    };
    const locked = withCode("STORAGE_OBJECT_LOCKED");

    it("knows its own object again when the answer to the put was lost", async () => {
      const store = open(1);
      await store.put("x", Buffer.from("mine"));
      expect((await readObject(store, "x")).toString()).toBe("mine");
    });

    it("takes nobody else's for its own, nor the same content for a put of now", async () => {
      const store = open(0);
      await store.put("x", Buffer.from("mine"));
      await expect(store.put("x", Buffer.from("mine"))).rejects.toThrowError(locked);
      let first = true;
      const inner = new FaultyStore(store, {
        before: (operation) => {
          if (operation !== "put" || !first) return;
          first = false;
          throw unavailable();
        },
      });
      const retrying = new RetryingStore(inner, { wait: async () => undefined });
      await expect(retrying.put("x", Buffer.from("else"))).rejects.toThrowError(locked);
      expect(first).toBe(false);
    });

    it("does not answer for a lock that was asked for: the object may have a shorter one", async () => {
      await expect(open(1).put("x", Buffer.from("mine"), { lock: inAnHour() })).rejects.toThrowError(locked);
    });
  });

  it("gives content that can be read once a single try", async () => {
    async function* once(): AsyncGenerator<Buffer> {
      yield Buffer.from("x");
    }
    let tries = 0;
    const faulty = new FaultyStore(new MemoryStore(), {
      before: () => {
        tries += 1;
        throw unavailable();
      },
    });
    await expect(new RetryingStore(faulty).put("x", once())).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
    expect(tries).toBe(1);
  });
});
