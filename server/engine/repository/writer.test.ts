import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
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
