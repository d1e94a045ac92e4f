import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FilesystemStore } from "./filesystem";
import { readObject } from "../storage";
import { RetryingStore } from "../wrappers/retrying";
import { syncFolder } from "./durable-folders";

const system = (code: string) => Object.assign(new Error(code), { code });
const withCode = (code: string) => expect.objectContaining({ code });

/** Syncs as the system does, and fails or waits as it is told; `synced` has the folders that were forced to disk. */
class Disk {
  readonly synced: string[] = [];
  fails: (folder: string) => string | null = () => null;
  waits: (folder: string) => Promise<void> | null = () => null;

  readonly sync = async (folder: string): Promise<void> => {
    await this.waits(folder);
    const code = this.fails(folder);
    if (code !== null) throw system(code);
    await syncFolder(folder);
    this.synced.push(folder);
  };

  /** The next sync of this folder fails; those after it do not. */
  failOnce(folder: string): void {
    let left = 1;
    this.fails = (asked) => (asked === folder && left-- > 0 ? "EIO" : null);
  }
}

let root: string;
let disk: Disk;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "holdfast-folders-"));
  disk = new Disk();
});
afterEach(() => rm(root, { recursive: true, force: true }));

const open = (place = root) => new FilesystemStore(place, disk.sync);
const openRetrying = () => new RetryingStore(open(), { wait: async () => undefined });

describe("a put that resolves has forced to disk", () => {
  it("the storage's own folder and those made above it, from the top down", async () => {
    await open(join(root, "new", "storage")).put("packs/a/b", Buffer.from("x"));
    const place = join(root, "new", "storage");
    const above = [dirname(root), root, join(root, "new")];
    expect(disk.synced).toEqual([...above, place, join(place, "packs"), join(place, "packs", "a")]);
  });

  it("its folder and nothing else, once the folders are known to be durable", async () => {
    const store = open();
    await store.put("packs/a", Buffer.from("a"));
    disk.synced.length = 0;
    await store.put("packs/b", Buffer.from("b"));
    await store.put("packs/c", Buffer.from("c"), { ifNoneMatch: true });
    expect(disk.synced).toEqual([join(root, "packs"), join(root, "packs")]);
  });

  it("folders that were there before, which a killed process may have made", async () => {
    await open().put("packs/a", Buffer.from("a"));
    disk = new Disk();
    await open().put("packs/b", Buffer.from("b"));
    expect(disk.synced).toEqual([dirname(root), root, join(root, "packs")]);
  });

  it("the folder that an earlier try made without forcing it into its parent", async () => {
    disk.failOnce(root);
    await expect(open().put("packs/a", Buffer.from("a"))).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
    expect(disk.synced).not.toContain(root);
    disk.failOnce(root);
    await openRetrying().put("packs/a", Buffer.from("a"));
    expect(disk.synced).toContain(root);
  });

  it("the folder above the storage's own, after a try that made both", async () => {
    disk.failOnce(root);
    const store = new RetryingStore(open(join(root, "new", "storage")), { wait: async () => undefined });
    await store.put("a", Buffer.from("a"));
    expect(disk.synced).toContain(root);
  });

  it("the folder that another put is making", async () => {
    const store = open();
    let release!: () => void;
    const held = new Promise<void>((done) => (release = done));
    let reached!: () => void;
    const making = new Promise<void>((done) => (reached = done));
    disk.waits = (folder) => (folder === root ? (reached(), held) : null);
    const first = store.put("packs/a", Buffer.from("a"));
    await making;
    let isDurable: boolean | null = null;
    const second = store.put("packs/b", Buffer.from("b")).then(() => (isDurable = disk.synced.includes(root)));
    await Promise.race([second, new Promise((done) => setTimeout(done, 100))]);
    release();
    await Promise.all([first, second]);
    expect(isDurable).toBe(true);
  });
});

describe("a conditional put whose folder could not be synced", () => {
  it("is not taken for durable by the next try before a sync succeeds", async () => {
    await open().put("packs/first", Buffer.from("x"));
    const store = openRetrying();
    let failures = 0;
    disk.synced.length = 0;
    disk.fails = (folder) => (folder === join(root, "packs") && failures++ < 3 ? "EIO" : null);
    await store.put("packs/a", Buffer.from("pack"), { ifNoneMatch: true });
    expect(failures).toBe(4);
    expect(disk.synced.at(-1)).toBe(join(root, "packs"));
  });

  it("fails while no sync does, also for who finds the object there", async () => {
    await open().put("packs/a", Buffer.from("pack"));
    disk.fails = (folder) => (folder === join(root, "packs") ? "EIO" : null);
    const found = open().put("packs/a", Buffer.from("pack"), { ifNoneMatch: true });
    await expect(found).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
  });

  it("lets one of two writers win, and the other only hear of it when the name is on disk", async () => {
    const store = open();
    await store.put("packs/first", Buffer.from("x"));
    const before = disk.synced.length;
    const put = (content: string) => store.put("packs/a", Buffer.from(content), { ifNoneMatch: true });
    const results = await Promise.allSettled([put("one"), put("two")]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(disk.synced.slice(before)).toEqual([join(root, "packs"), join(root, "packs")]);
  });
});

describe("a delete whose folder could not be synced", () => {
  it("is not taken for done by the next try before a sync succeeds", async () => {
    const store = openRetrying();
    await store.put("packs/a", Buffer.from("a"));
    disk.synced.length = 0;
    disk.failOnce(join(root, "packs"));
    await store.delete("packs/a");
    expect(disk.synced).toEqual([join(root, "packs")]);
  });
});

describe("the folders of a storage", () => {
  it("may lie in one that cannot be synced, but hold none", async () => {
    disk.fails = (folder) => (folder === dirname(root) ? "EACCES" : null);
    await open().put("a", Buffer.from("a"));
    disk.fails = (folder) => (folder === root ? "EACCES" : null);
    await expect(open().put("packs/a", Buffer.from("a"))).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
    disk.fails = (folder) => (folder === dirname(root) ? "EIO" : null);
    await expect(open().put("b", Buffer.from("b"))).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
  });

  it("are made again where somebody removed them", async () => {
    const store = openRetrying();
    await store.put("packs/a/x", Buffer.from("x"));
    await rm(join(root, "packs"), { recursive: true });
    disk.synced.length = 0;
    await store.put("packs/a/x", Buffer.from("again"));
    expect((await readObject(store, "packs/a/x")).toString()).toBe("again");
    expect(disk.synced).toEqual([root, join(root, "packs"), join(root, "packs", "a")]);
  });

  it("are not made anew when the whole storage is gone: it may be a disk that was taken out", async () => {
    const store = openRetrying();
    await store.put("a", Buffer.from("a"));
    await rm(root, { recursive: true });
    await expect(store.put("b", Buffer.from("b"))).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
    await expect(stat(root)).rejects.toThrowError(withCode("ENOENT"));
  });

  it("can be given by a path with a slash at its end", async () => {
    const store = open(`${root}/`);
    await store.put("packs/a", Buffer.from("a"));
    expect(disk.synced).toEqual([dirname(root), root, join(root, "packs")]);
  });
});
