import { describe, expect, it } from "vitest";
import { boundOf } from "../../tree/bound";
import { buildTree, type Entry, type TreeRoot } from "../../tree";
import { MemoryNodes } from "../../tree/memory-nodes";
import { childBytes, encodeInner, encodeLeaf, entryBytes, type ChildRef } from "../../tree/node-codec";
import { numbered, TINY } from "../../tree/tree-arbitrary";
import { verifyTree } from "./verify-tree";

const signal = new AbortController().signal;

async function problems(nodes: MemoryNodes, root: TreeRoot, isBase = true): Promise<string[]> {
  const found: string[] = [];
  const problem = (error: unknown) => found.push(error instanceof Error ? error.message : String(error));
  await verifyTree(nodes, root, isBase, { node: () => undefined, problem }, signal);
  return found;
}

/** A leaf of these entries, whether a builder would have made it or not. */
async function leaf(nodes: MemoryNodes, entries: Entry[], claim: Partial<ChildRef> = {}): Promise<ChildRef> {
  const bytes = entries.reduce((sum, { key, doc }) => sum + entryBytes(key, doc, false), 0);
  const docs = entries.flatMap(({ doc }) => doc ?? []);
  return {
    bound: boundOf(entries.at(-1)!.key),
    id: await nodes.write(encodeLeaf(entries, bytes, false)),
    documents: docs.length,
    tombstones: entries.length - docs.length,
    bytes: docs.reduce((sum, doc) => sum + doc.length, 0),
    closed: true,
    ...claim,
  };
}

async function parent(nodes: MemoryNodes, children: ChildRef[], level = 1): Promise<TreeRoot> {
  const bytes = children.reduce((sum, child) => sum + childBytes(child), 0);
  const sum = (name: "documents" | "tombstones" | "bytes") => children.reduce((total, child) => total + child[name], 0);
  return {
    id: await nodes.write(encodeInner(level, children, bytes)),
    documents: sum("documents"),
    tombstones: sum("tombstones"),
    bytes: sum("bytes"),
    height: level + 1,
  };
}

describe("verifying a tree", () => {
  it("finds nothing in a sound tree", async () => {
    const nodes = new MemoryNodes();
    const root = await buildTree(
      Array.from({ length: 500 }, (_, i) => numbered(i)),
      nodes,
      TINY,
    );
    expect(await problems(nodes, root)).toEqual([]);
  });

  it("finds trees that hash right but are not what they say", async () => {
    const nodes = new MemoryNodes();
    const [a, b] = [await leaf(nodes, [numbered(1), numbered(2)]), await leaf(nodes, [numbered(3)])];
    const check = async (children: ChildRef[], level?: number) => problems(nodes, await parent(nodes, children, level));
    expect(await check([a, b])).toEqual([]);
    expect(await check([b, a])).toEqual([expect.stringContaining("keys do not ascend")]);
    expect(await check([a, a])).toEqual([expect.stringContaining("keys do not ascend")]);
    expect(await check([await leaf(nodes, [numbered(2), numbered(1)]), b])).toEqual([
      expect.stringContaining("keys do not ascend"),
    ]);
    expect(await check([{ ...a, documents: 3 }, b])).toEqual(
      expect.arrayContaining([expect.stringContaining("as many documents")]),
    );
    expect(await check([{ ...a, bytes: 1 }, b])).toEqual(expect.arrayContaining([expect.stringContaining("as long")]));
    expect(await check([{ ...a, bound: boundOf(numbered(9).key) }, b])).toEqual([expect.stringContaining("last key")]);
    expect(await check([a, b], 2)).toEqual(expect.arrayContaining([expect.stringContaining("level")]));
    const deleted = await leaf(nodes, [{ key: numbered(7).key, doc: null }]);
    expect(await check([a, deleted])).toEqual([expect.stringContaining("tombstones")]);
    expect(await problems(nodes, await parent(nodes, [a, deleted]), false)).toEqual([]);
  });

  it("finds a damaged document, and goes on to the next leaf", async () => {
    const nodes = new MemoryNodes();
    const broken = numbered(1);
    broken.doc.writeUInt8(0x77, 13);
    const missing = { ...(await leaf(nodes, [numbered(5)])), id: Buffer.alloc(32) };
    const root = await parent(nodes, [await leaf(nodes, [broken]), missing, await leaf(nodes, [numbered(9)])]);
    expect(await problems(nodes, root)).toHaveLength(2);
  });
});
