import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CollectableIndex, IndexedPack } from "./collectable-index";
import type { NodeLocation, PackRecord } from "./node-index";

/** An index of an empty repository, and how to be rid of it. */
export interface IndexUnderTest {
  index: CollectableIndex;
  close(): Promise<void>;
}

const hash = (text: string) => createHash("sha256").update(text).digest();
const node = (name: string) => hash(`node ${name}`);
const packId = (name: string) => hash(`pack ${name}`).subarray(0, 16);

function pack(name: string, nodes: string[]): PackRecord {
  const packed = nodes.map((one, i) => ({
    nodeId: node(one),
    offset: 21 + i * 100,
    storedBytes: 100,
    contentBytes: 345,
  }));
  return { packId: packId(name), storedBytes: 100 * nodes.length + 500, nodes: packed };
}

/** What every index promises, whatever keeps it. */
export function describeNodeIndex(name: string, open: () => Promise<IndexUnderTest>): void {
  describe(`${name} as an index of nodes`, () => {
    let index: CollectableIndex;
    let close: () => Promise<void>;
    beforeEach(async () => ({ index, close } = await open()));
    afterEach(() => close());

    const find = async (one: string): Promise<NodeLocation | undefined> =>
      (await index.lookup([node(one)])).get(node(one).toString("hex"));

    /** Which pack a node is in, "!" for a condemned one, "!!" for one that is gone. */
    async function placeOf(one: string, packs: string[]): Promise<string> {
      const place = await find(one);
      if (!place) return "unknown";
      const marks = (place.condemned ? "!" : "") + (place.gone ? "!" : "");
      return packs.find((pack) => packId(pack).equals(place.packId)) + marks;
    }

    async function packs(): Promise<Map<string, IndexedPack>> {
      const found = new Map<string, IndexedPack>();
      for await (const one of index.listPacks()) found.set(one.packId.toString("hex"), one);
      return found;
    }
    const packOf = async (name: string) => (await packs()).get(packId(name).toString("hex"));

    async function condemn(name: string): Promise<Date> {
      await index.condemn([packId(name)]);
      await index.settleCondemned();
      return (await packOf(name))!.condemnedAt!;
    }

    it("finds what was recorded, each with its place, and nothing else", async () => {
      await index.record(pack("A", ["a", "b"]));
      const found = await index.lookup([node("b"), node("x"), node("a"), node("b")]);
      expect([...found.keys()].sort()).toEqual([node("a").toString("hex"), node("b").toString("hex")].sort());
      const place = { packId: packId("A"), offset: 121, storedBytes: 100, contentBytes: 345 };
      expect(found.get(node("b").toString("hex"))).toMatchObject(place);
      expect(await placeOf("a", ["A"])).toBe("A");
      expect((await index.lookup([])).size).toBe(0);
    });

    it("keeps a node's first place, also when both are recorded at once and again", async () => {
      await Promise.all([index.record(pack("A", ["a", "b"])), index.record(pack("B", ["c", "b", "a"]))]);
      const before = [await placeOf("a", ["A", "B"]), await placeOf("b", ["A", "B"])];
      await Promise.all([index.record(pack("B", ["c", "b", "a"])), index.record(pack("A", ["a", "b"]))]);
      expect([await placeOf("a", ["A", "B"]), await placeOf("b", ["A", "B"])]).toEqual(before);
      expect(await placeOf("c", ["A", "B"])).toBe("B");
      expect((await packs()).size).toBe(2);
    });

    it("moves nodes to a pack that supersedes their damaged places, out of the old pack's list", async () => {
      await index.record(pack("A", ["a", "b"]));
      await index.record({ ...pack("B", ["a", "c"]), supersedes: true });
      expect(await Promise.all(["a", "b", "c"].map((one) => placeOf(one, ["A", "B"])))).toEqual(["B", "A", "B"]);
      expect((await index.nodesIn([packId("A")])).map(({ nodeId }) => nodeId)).toEqual([node("b")]);
      expect(await index.nodesIn([packId("B")])).toHaveLength(2);
    });

    it("takes a pack of a thousand nodes, and a lookup of as many", async () => {
      const names = Array.from({ length: 1000 }, (_, i) => `n${i}`);
      await index.record(pack("A", names));
      expect((await index.lookup(names.map(node))).size).toBe(1000);
      expect(await packOf("A")).toMatchObject({
        nodeCount: 1000,
        storedBytes: 100_500,
        state: "kept",
        condemnedAt: null,
      });
      const placed = await index.nodesIn([packId("A"), packId("B")]);
      expect(placed).toHaveLength(1000);
      const last = placed.find(({ nodeId }) => nodeId.equals(node("n999")))!;
      expect(last).toEqual({ nodeId: node("n999"), ...pack("A", names).nodes[999], packId: packId("A") });
    });

    it("says that a pack is condemned, and and moves what is stored again, for good", async () => {
      await index.record(pack("A", ["a", "b"]));
      await index.record(pack("B", ["c"]));
      await condemn("A");
      expect([await placeOf("a", ["A"]), await placeOf("c", ["B"])]).toEqual(["A!", "B"]);
      await index.record(pack("C", ["a", "c"]));
      expect([await placeOf("a", ["A", "C"]), await placeOf("b", ["A"]), await placeOf("c", ["B"])]).toEqual([
        "C",
        "A!",
        "B",
      ]);
      await index.record(pack("A", ["a", "b"]));
      expect(await placeOf("a", ["A", "C"])).toBe("C");
      const places = await index.nodesIn([packId("A")]);
      expect(places.map(({ nodeId }) => nodeId.toString("hex"))).toEqual([node("b").toString("hex")]);
    });

    it("gives a condemnation its moment only when it is settled, once", async () => {
      await index.record(pack("A", ["a"]));
      await index.condemn([packId("A")]);
      expect(await packOf("A")).toMatchObject({ state: "condemned", condemnedAt: null });
      await index.settleCondemned();
      const { condemnedAt } = (await packOf("A"))!;
      expect(condemnedAt).toBeInstanceOf(Date);
      await index.condemn([packId("A")]);
      await index.settleCondemned();
      expect((await packOf("A"))!.condemnedAt).toEqual(condemnedAt);
      expect(condemnedAt!.getTime()).toBeGreaterThanOrEqual((await packOf("A"))!.createdAt.getTime());
    });

    it("pardons and empties a pack only as it was when that was decided", async () => {
      await index.record(pack("A", ["a"]));
      const moment = await condemn("A");
      const other = new Date(moment.getTime() - 1);
      expect(await index.pardon(packId("A"), other)).toBe(false);
      expect(await index.emptyPack(packId("A"), other)).toBe(false);
      expect(await placeOf("a", ["A"])).toBe("A!");
      expect(await index.pardon(packId("A"), moment)).toBe(true);
      expect(await index.emptyPack(packId("A"), moment)).toBe(false);
      expect(await placeOf("a", ["A"])).toBe("A");
    });

    it("forgets what an emptied pack holds, and never takes it back", async () => {
      await index.record(pack("A", ["a", "b"]));
      const moment = await condemn("A");
      await index.record(pack("B", ["b"]));
      expect(await index.emptyPack(packId("A"), moment)).toBe(true);
      expect(await index.pardon(packId("A"), moment)).toBe(false);
      expect([await placeOf("a", ["A"]), await placeOf("b", ["B"])]).toEqual(["unknown", "B"]);
      expect(await packOf("A")).toMatchObject({ state: "emptied", condemnedAt: moment });
      await index.record(pack("A", ["a", "b"]));
      expect(await placeOf("a", ["A"])).toBe("unknown");
      await index.dropPack(packId("A"));
      await index.record(pack("A", ["a", "b"]));
      await index.recordFound(pack("A", ["a", "b"]));
      expect([await packOf("A"), await placeOf("a", ["A"])]).toEqual([undefined, "unknown"]);
      expect(await index.unknownPacks([packId("A"), packId("B"), packId("X")])).toEqual([packId("X")]);
      await index.forgetRemoved(moment);
      expect(await index.unknownPacks([packId("A")])).toEqual([]);
      await index.forgetRemoved(new Date(moment.getTime() + 1));
      expect(await index.unknownPacks([packId("A")])).toEqual([packId("A")]);
      await index.record(pack("A", ["a"]));
      expect(await placeOf("a", ["A"])).toBe("A");
    });

    it("says which packs are gone, moves what is stored again, and keeps those that return", async () => {
      for (const [name, nodes] of Object.entries({ A: ["a", "b"], B: ["c"] })) await index.record(pack(name, nodes));
      await index.markGone([packId("A")]);
      expect([await placeOf("a", ["A"]), await index.hasGonePacks()]).toEqual(["A", false]);
      const moment = await condemn("A");
      await index.markGone([packId("A")]);
      expect([await placeOf("a", ["A"]), await placeOf("c", ["B"])]).toEqual(["A!!", "B"]);
      expect(await index.hasGonePacks()).toBe(true);
      expect(await packOf("A")).toMatchObject({ state: "gone", condemnedAt: moment });
      expect(await index.pardon(packId("A"), moment)).toBe(false);
      await index.record(pack("C", ["a"]));
      expect([await placeOf("a", ["A", "C"]), await placeOf("b", ["A"])]).toEqual(["C", "A!!"]);
      await index.keepReturned([packId("A"), packId("B")]);
      expect(await packOf("A")).toMatchObject({ state: "kept", condemnedAt: null });
      expect([await placeOf("b", ["A"]), await index.hasGonePacks()]).toEqual(["A", false]);
    });

    it("empties a gone pack that nobody needs, and keeps one whose writer records it after all", async () => {
      for (const name of ["A", "B"]) await index.record(pack(name, [name]));
      await index.condemn([packId("A"), packId("B")]);
      await index.markGone([packId("A"), packId("B")]);
      expect(await packOf("A")).toMatchObject({ state: "gone", condemnedAt: null });
      await index.settleCondemned();
      const { condemnedAt } = (await packOf("A"))!;
      await index.record(pack("B", ["B"]));
      expect([await placeOf("B", ["B"]), (await packOf("B"))!.condemnedAt]).toEqual(["B", null]);
      expect(await index.emptyPack(packId("A"), condemnedAt!)).toBe(true);
      expect([await packOf("A"), await index.hasGonePacks()]).toMatchObject([{ state: "emptied" }, false]);
      await index.keepReturned([packId("A")]);
      expect(await packOf("A")).toMatchObject({ state: "emptied" });
    });

    it("takes in an emptied and a removed pack again when it is found in the storage, as condemned", async () => {
      for (const name of ["A", "B"]) {
        await index.record(pack(name, [name, `${name}2`]));
        await index.emptyPack(packId(name), await condemn(name));
      }
      await index.dropPack(packId("B"));
      expect(await index.removedPacks([packId("A"), packId("B"), packId("X")])).toEqual([packId("B")]);
      await index.recordFound({ ...pack("A", ["A", "A2"]), found: true });
      await index.record({ ...pack("B", ["B", "B2"]), found: true });
      for (const name of ["A", "B"]) {
        const facts = { state: "condemned", condemnedAt: null, nodeCount: 2, storedBytes: 700 };
        expect(await packOf(name)).toMatchObject(facts);
        expect([await placeOf(name, ["A", "B"]), await placeOf(`${name}2`, ["A", "B"])]).toEqual([
          `${name}!`,
          `${name}!`,
        ]);
      }
      expect(await index.removedPacks([packId("A"), packId("B")])).toEqual([]);
      await index.record({ ...pack("B", ["B"]), supersedes: true });
      expect(await placeOf("B2", ["B"])).toBe("B");
      expect(await packOf("B")).toMatchObject({ state: "kept", nodeCount: 2, storedBytes: 700 });
    });

    it("drops no pack that was not emptied", async () => {
      await index.record(pack("A", ["a"]));
      await index.dropPack(packId("A"));
      expect(await packOf("A")).toMatchObject({ state: "kept" });
      await condemn("A");
      await index.dropPack(packId("A"));
      expect(await packOf("A")).toMatchObject({ state: "condemned" });
    });

    it("takes in a found pack as condemned, and its nodes where they have no other place", async () => {
      await index.record(pack("A", ["a"]));
      await index.recordFound(pack("B", ["a", "b"]));
      expect([await placeOf("a", ["A", "B"]), await placeOf("b", ["A", "B"])]).toEqual(["A", "B!"]);
      await index.recordFound(pack("A", ["a"]));
      expect(await placeOf("a", ["A"])).toBe("A");
      expect((await index.nodesIn([packId("B")])).length).toBe(1);
    });

    it("keeps a found pack when its writer records it after all, with what was stored again in it", async () => {
      await index.record(pack("A", ["a", "b"]));
      const moment = await condemn("A");
      await index.recordFound(pack("B", ["a", "c"]));
      await index.settleCondemned();
      const found = (await packOf("B"))!.condemnedAt!;
      expect(await placeOf("a", ["A", "B"])).toBe("A!");
      await index.record(pack("B", ["a", "c"]));
      expect(await packOf("B")).toMatchObject({ state: "kept", condemnedAt: null });
      expect([await placeOf("a", ["A", "B"]), await placeOf("c", ["B"])]).toEqual(["B", "B"]);
      expect(await index.emptyPack(packId("A"), moment)).toBe(true);
      expect(await index.emptyPack(packId("B"), found)).toBe(false);
      expect([await placeOf("a", ["B"]), await placeOf("b", ["A", "B"])]).toEqual(["B", "unknown"]);
    });
  });
}
