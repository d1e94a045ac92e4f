import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildTree } from "./builder";
import { loadNode } from "./load-node";
import { MemoryNodes } from "./memory-nodes";
import { decodeNode, encodeLeaf, isLeaf } from "./node-codec";
import { documentsArbitrary, numbered, TINY } from "./tree-arbitrary";
import { hashKey } from "./splitter";

const corrupt = expect.objectContaining({ code: "NODE_CORRUPT" });

describe("nodes as bytes", () => {
  it("keep the layout of format version 1, which stored nodes rely on", async () => {
    const nodes = new MemoryNodes();
    const entries = [numbered(1), { key: Buffer.from("0a0480012500", "hex"), doc: null }];
    const root = await buildTree(entries, nodes, TINY);
    const [[id, content]] = [...nodes.nodes] as [[string, Buffer]];
    const document = "1d000000" + "105f696400" + "01000000" + "107600" + "00000000" + "056600" + "0000000000" + "00";
    expect(content.toString("hex")).toBe("010002000000" + "00" + document + "0206" + "0a0480012500");
    expect(root.id!.toString("hex")).toBe(id);
  });

  it("cut where they always cut: the hash is part of the format", () => {
    expect([hashKey(Buffer.from("holdfast"), 0), hashKey(Buffer.from("holdfast"), 1), hashKey(Buffer.alloc(0), 0)])
      .toMatchInlineSnapshot(`
      [
        3935645758,
        220745593,
        2872998923,
      ]
    `);
  });

  it("are refused when damaged in their structure, and never read past their end", async () => {
    const nodes = new MemoryNodes();
    const random = fc.tuple(documentsArbitrary, fc.nat(), fc.nat(), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(random, async ([documents, which, at, byte]) => {
        const own = new MemoryNodes();
        await buildTree(documents, own, TINY);
        const contents = [...own.nodes.values()];
        if (contents.length === 0) return;
        const content = Buffer.from(contents[which % contents.length]!);
        for (const damaged of [
          content.subarray(0, at % content.length),
          Buffer.concat([content, Buffer.from([byte])]),
        ]) {
          expect(() => decodeNode(damaged)).toThrowError(corrupt);
        }
        content[at % content.length] = byte;
        try {
          decodeNode(content);
        } catch (error) {
          expect(error).toEqual(corrupt);
        }
      }),
    );
    const unknown = encodeLeaf([numbered(1)], 33, false);
    unknown[0] = 9;
    expect(() => decodeNode(unknown)).toThrowError(/version 9/);
    await expect(loadNode(nodes, await nodes.write(unknown), 0)).rejects.toThrowError(corrupt);
  });

  it("are refused at a level that their parent did not name", async () => {
    const nodes = new MemoryNodes();
    const root = await buildTree([numbered(1)], nodes, TINY);
    await expect(loadNode(nodes, root.id!, 1)).rejects.toThrowError(corrupt);
    expect(isLeaf(await loadNode(nodes, root.id!, 0))).toBe(true);
  });
});
