import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apply, join } from "./apply";
import { buildTree, TreeBuilder } from "./builder";
import { diff, type Difference } from "./diff";
import { MemoryNodes } from "./memory-nodes";
import { decodeNode, isLeaf } from "./node-codec";
import { get, range } from "./read";
import {
  documentsArbitrary,
  edited,
  editsArbitrary,
  named,
  numbered,
  plain,
  TINY,
  type Documents,
} from "./tree-arbitrary";
import { EMPTY_ROOT, type Entry, type TreeRoot } from "./types";

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const build = (nodes: MemoryNodes, entries: Iterable<Entry>) => buildTree(entries, nodes, TINY);

function expectedDiff(before: Iterable<Entry>, after: Iterable<Entry>): Difference[] {
  const keys = new Map<string, { key: Buffer; before: Buffer | null; after: Buffer | null }>();
  for (const { key, doc } of before) keys.set(key.toString("hex"), { key, before: doc, after: null });
  for (const { key, doc } of after) {
    const known = keys.get(key.toString("hex"));
    if (known) known.after = doc;
    else keys.set(key.toString("hex"), { key, before: null, after: doc });
  }
  const changed = [...keys.values()].filter((d) => !d.before || !d.after || !d.before.equals(d.after));
  return changed.sort((a, b) => Buffer.compare(a.key, b.key));
}

const hex = (bytes: Buffer | null) => bytes?.toString("hex") ?? null;
const plainDiff = (list: Difference[]) => list.map((d) => [hex(d.key), hex(d.before), hex(d.after)].join(" "));
const toEdits = (differences: Difference[]): Entry[] => differences.map(({ key, after }) => ({ key, doc: after }));

describe("a tree", () => {
  it("gives back exactly the documents it was built from, and counts them", async () => {
    await fc.assert(
      fc.asyncProperty(documentsArbitrary, async (documents) => {
        const nodes = new MemoryNodes();
        const root = await build(nodes, documents);
        expect(plain(await all(range(nodes, root)))).toEqual(plain(documents));
        expect(root.documents).toBe(documents.length);
        expect(root.bytes).toBe(documents.reduce((sum, { doc }) => sum + doc.length, 0));
      }),
    );
  });

  it("has the same root whatever the order and number of edits that led to the same documents", async () => {
    await fc.assert(
      fc.asyncProperty(documentsArbitrary, fc.array(editsArbitrary, { maxLength: 4 }), async (documents, steps) => {
        const nodes = new MemoryNodes();
        let root = await build(nodes, documents);
        let expected: Entry[] = [...documents];
        for (const edits of steps) {
          root = await apply(nodes, nodes, TINY, root, edits);
          expected = edited(expected, edits);
        }
        expect(root).toEqual(await build(nodes, expected));
      }),
      { numRuns: 400 },
    );
  });

  it("has the same root in one pass as by appending in many, or one by one in any order", async () => {
    await fc.assert(
      fc.asyncProperty(
        documentsArbitrary,
        fc.integer({ min: 1, max: 60 }),
        fc.infiniteStream(fc.nat()),
        async (documents, step, random) => {
          const nodes = new MemoryNodes();
          const expected = await build(nodes, documents);
          let appended: TreeRoot = EMPTY_ROOT;
          for (let i = 0; i < documents.length; i += step) {
            appended = await apply(nodes, nodes, TINY, appended, documents.slice(i, i + step));
          }
          expect(appended).toEqual(expected);
          const shuffled = [...documents].sort(() => (random.next().value % 2 ? 1 : -1));
          let single: TreeRoot = EMPTY_ROOT;
          for (const entry of shuffled) single = await apply(nodes, nodes, TINY, single, [entry]);
          expect(single).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("joins ranges built side by side into what one pass gives", async () => {
    await fc.assert(
      fc.asyncProperty(documentsArbitrary, fc.array(fc.nat(250), { maxLength: 4 }), async (documents, cuts) => {
        const nodes = new MemoryNodes();
        const ends = [...cuts.sort((a, b) => a - b), documents.length];
        const parts = ends.map((end, i) => documents.slice(ends[i - 1] ?? 0, end));
        const roots = await Promise.all(parts.map((part) => build(nodes, part)));
        expect(await join(nodes, nodes, TINY, roots)).toEqual(await build(nodes, documents));
      }),
      { numRuns: 300 },
    );
  });

  it("tells exactly what differs, and apply(a, diff(a, b)) is b", async () => {
    await fc.assert(
      fc.asyncProperty(documentsArbitrary, documentsArbitrary, editsArbitrary, async (one, other, edits) => {
        const nodes = new MemoryNodes();
        const a = await build(nodes, one);
        for (const documents of [other, edited(one, edits)]) {
          const b = await build(nodes, documents);
          const differences = await all(diff(nodes, a, b));
          expect(plainDiff(differences)).toEqual(plainDiff(expectedDiff(one, documents)));
          expect(await apply(nodes, nodes, TINY, a, toEdits(differences))).toEqual(b);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("finds each key and no other, and ranges are the sorted documents between two keys", async () => {
    await fc.assert(
      fc.asyncProperty(documentsArbitrary, documentsArbitrary, async (documents, others) => {
        const nodes = new MemoryNodes();
        const root = await build(nodes, documents);
        const known = new Map(documents.map((entry) => [entry.key.toString("hex"), entry.doc]));
        for (const { key } of [...documents.slice(0, 40), ...others.slice(0, 40)]) {
          expect((await get(nodes, root, key))?.doc ?? null).toEqual(known.get(key.toString("hex")) ?? null);
        }
        const [from, to] = [others.at(0)?.key, others.at(-1)?.key];
        const within = documents.filter(
          ({ key }) => (!from || Buffer.compare(key, from) >= 0) && (!to || Buffer.compare(key, to) < 0),
        );
        expect(plain(await all(range(nodes, root, { from, to })))).toEqual(plain(within));
        expect(plain(await all(range(nodes, root, { from }, { prefetchBytes: 1 })))).toEqual(
          plain(documents.filter(({ key }) => !from || Buffer.compare(key, from) >= 0)),
        );
      }),
      { numRuns: 150 },
    );
  });

  it("keeps a huge document alone in its leaf, and nodes within their hard limit", async () => {
    const nodes = new MemoryNodes();
    const documents = Array.from({ length: 600 }, (_, i) => numbered(i, 0, i % 50 === 7 ? 1000 : i % 40));
    await build(nodes, documents);
    let huge = 0;
    for (const content of nodes.nodes.values()) {
      const node = decodeNode(content);
      const entries = isLeaf(node) ? node.entries : node.children;
      if (isLeaf(node) && node.entries.some((entry) => entry.doc!.length > 1000)) {
        expect(entries).toHaveLength(1);
        huge += 1;
      } else expect(content.length).toBeLessThan(5 * TINY.innerTargetBytes);
    }
    expect(huge).toBe(12);
  });

  it("holds ids of megabytes that differ at their end, finds them and keeps inner nodes small", async () => {
    const nodes = new MemoryNodes();
    const params = { leafTargetBytes: 128 * 1024, innerTargetBytes: 16 * 1024, keys: "fromId" } as const;
    const documents: Documents = Array.from({ length: 24 }, (_, i) =>
      named(`${"x".repeat(1_000_000)}${String(i).padStart(2, "0")}`),
    );
    const root = await buildTree(documents, nodes, params);
    for (const { key, doc } of documents) expect((await get(nodes, root, key))!.doc!.equals(doc)).toBe(true);
    expect(await get(nodes, root, named(`${"x".repeat(1_000_000)}05b`).key)).toBeNull();
    const inner = [...nodes.nodes.values()].filter((content) => !isLeaf(decodeNode(content)));
    for (const content of inner) expect(content.length).toBeLessThan(24 * 400);
    const without = await apply(nodes, nodes, params, root, [{ key: documents[11]!.key, doc: null }]);
    expect(without).toEqual(
      await buildTree(
        documents.filter((_, i) => i !== 11),
        nodes,
        params,
      ),
    );
    const [difference, ...others] = await all(diff(nodes, root, without));
    expect(others).toEqual([]);
    expect(difference!.before!.equals(documents[11]!.doc)).toBe(true);
    expect(difference!.after).toBeNull();
  });

  it("keeps keys of any kind beside the documents where they are not the ids", async () => {
    const nodes = new MemoryNodes();
    const params = { ...TINY, keys: "stored" } as const;
    const entries = Array.from({ length: 300 }, (_, i) => {
      const key = Buffer.alloc(8);
      key.writeBigUInt64BE(BigInt(i));
      return { key, doc: numbered(1000 - i).doc };
    });
    const root = await buildTree(entries, nodes, params);
    expect(plain(await all(range(nodes, root)))).toEqual(plain(entries));
    expect(await apply(nodes, nodes, params, root, [entries[5]!])).toEqual(root);
  });

  it("refuses entries and edits that do not ascend", async () => {
    const nodes = new MemoryNodes();
    const builder = new TreeBuilder(nodes, TINY);
    await builder.add(numbered(2).key, numbered(2).doc);
    expect(() => builder.add(numbered(2).key, numbered(2).doc)).toThrowError(/ascending/);
    const root = await build(nodes, [numbered(1)]);
    await expect(apply(nodes, nodes, TINY, root, [numbered(4), numbered(3)])).rejects.toThrowError(/ascending/);
  });
});
