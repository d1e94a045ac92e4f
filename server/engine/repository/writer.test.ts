import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { DomainError } from "@/server/platform/errors/domain-error";
import { readObject } from "../storage";
import { FaultyStore } from "../storage/wrappers/faulty";
import { MemoryNodeIndex, Repository, type PackRecord } from ".";
import { ByteGate } from "./byte-gate";
import { makeRepository } from "./repository-fixture";

class RecordingIndex extends MemoryNodeIndex {
  readonly packs: PackRecord[] = [];
  lookups = 0;

  override async lookup(ids: Buffer[]) {
    this.lookups += 1;
    return super.lookup(ids);
  }

  override async record(pack: PackRecord): Promise<void> {
    this.packs.push(pack);
    await super.record(pack);
  }
}

describe("the writer", () => {
  it("lays nodes into packs in the order of write(), however long each takes to compress", async () => {
    const fixture = await makeRepository();
    const index = new RecordingIndex();
    const repository = await Repository.open({ ...fixture, index });
    const writer = repository.writer({ packTargetBytes: 64 * 1024 * 1024 });
    const ids: string[] = [];
    for (let i = 0; i < 120; i += 1) {
      const content = i % 3 === 0 ? randomBytes(400_000) : Buffer.alloc(100 + i, i);
      ids.push((await writer.write(content)).toString("hex"));
    }
    await writer.flush();
    expect(index.packs).toHaveLength(1);
    expect(index.packs[0]!.nodes.map(({ nodeId }) => nodeId.toString("hex"))).toEqual(ids);
    expect(index.lookups).toBeLessThan(60);
  });

  it("takes no more content than its limit while the storage stands still, and goes on afterwards", async () => {
    const fixture = await makeRepository();
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const store = new FaultyStore(fixture.store, { before: (operation) => (operation === "put" ? gate : undefined) });
    const repository = await Repository.open({ ...fixture, store, index: new MemoryNodeIndex() });
    const [inFlightBytesMax, packTargetBytes, nodeBytes] = [1_000_000, 500_000, 50_000];
    const writer = repository.writer({ inFlightBytesMax, packTargetBytes });
    let accepted = 0;
    const writing = (async () => {
      for (let i = 0; i < 200; i += 1) {
        await writer.write(randomBytes(nodeBytes));
        accepted += nodeBytes;
      }
    })();
    await sleep(1500);
    // What is in flight, two packs being stored, one waiting to be, and one being filled.
    expect(accepted).toBeGreaterThan(inFlightBytesMax);
    expect(accepted).toBeLessThanOrEqual(inFlightBytesMax + 4 * (packTargetBytes + nodeBytes));
    open();
    await writing;
    expect((await writer.flush()).newNodes).toBe(200);
  });

  it("has a node in the index only when its pack is in the storage", async () => {
    const fixture = await makeRepository();
    const index = new RecordingIndex();
    const events: string[] = [];
    const record = index.record.bind(index);
    index.record = async (pack) => {
      events.push("record");
      await record(pack);
    };
    const store = new FaultyStore(fixture.store, {
      after: async (operation) => {
        await sleep(20);
        events.push(operation);
      },
    });
    const repository = await Repository.open({ ...fixture, store, index });
    const writer = repository.writer();
    await writer.write(Buffer.from("node"));
    await writer.flush();
    expect(events).toEqual(["put", "record"]);
  });

  it("looks once for each pack that it counts on, and stores again what lay in one that is gone or cut short", async () => {
    const fixture = await makeRepository();
    const contents = Array.from({ length: 300 }, (_, i) => Buffer.from(`node ${i}`.padEnd(100, ".")));
    const writeAll = async (repository: Repository) => {
      const writer = repository.writer({ packTargetBytes: 2_000 });
      for (const content of contents) await writer.write(Buffer.from(content));
      return writer.flush();
    };
    await writeAll(fixture.repository);
    const packs: string[] = [];
    for await (const { name } of fixture.store.list("packs/")) packs.push(name);
    expect(packs.length).toBeGreaterThan(3);
    const heads: string[] = [];
    const store = new FaultyStore(fixture.store, {
      before: (operation, name) => void (operation === "head" && heads.push(name)),
    });
    const repository = await Repository.open({ ...fixture, store, index: fixture.repository.index });
    expect(await writeAll(repository)).toEqual({ newNodes: 0, storedBytes: 0 });
    expect(heads.sort()).toEqual(packs);

    const [gone, short] = packs as [string, string];
    await store.delete(gone);
    await store.put(short, (await readObject(store, short)).subarray(0, 500));
    const { newNodes } = await writeAll(repository);
    expect(newNodes).toBeGreaterThan(2);
    // From now on they have their places where they were stored again.
    expect(await writeAll(repository)).toEqual({ newNodes: 0, storedBytes: 0 });
    const { codec } = repository.codecs();
    for (const content of contents) expect(await repository.reader().read(codec.idOf(content))).toEqual(content);
  });

  it("fails, rather than guess, when the storage does not say whether a pack is there", async () => {
    const fixture = await makeRepository();
    const first = fixture.repository.writer();
    await first.write(Buffer.from("node"));
    await first.flush();
    const before = (operation: string) => {
      if (operation === "head") throw new DomainError("STORAGE_UNAVAILABLE");
    };
    const store = new FaultyStore(fixture.store, { before });
    const writer = (await Repository.open({ ...fixture, store, index: fixture.repository.index })).writer();
    await writer.write(Buffer.from("node"));
    await expect(writer.flush()).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    await expect(writer.write(Buffer.from("another"))).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
  });

  it("refuses nodes that no tree makes", async () => {
    const { repository } = await makeRepository();
    await expect(repository.writer().write(Buffer.alloc(0))).rejects.toThrowError(/cannot be stored/);
  });
});

describe("a gate for bytes", () => {
  it("lets through in order, up to its limit, and something too large alone", async () => {
    const gate = new ByteGate(10);
    const passed: number[] = [];
    const enter = async (bytes: number) => {
      await gate.enter(bytes);
      passed.push(bytes);
    };
    const all = [enter(6), enter(4), enter(25), enter(1)];
    await sleep(1);
    expect(passed).toEqual([6, 4]);
    gate.leave(6);
    await sleep(1);
    expect(passed).toEqual([6, 4]);
    gate.leave(4);
    await sleep(1);
    expect(passed).toEqual([6, 4, 25]);
    gate.leave(25);
    await Promise.all(all);
    expect(passed).toEqual([6, 4, 25, 1]);
  });
});
