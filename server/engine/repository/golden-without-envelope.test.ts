import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../storage/drivers/memory";
import { buildTree } from "../tree";
import { encodeIdKey } from "../bson/key";
import type { Repository } from ".";
import { readAll, reopen } from "./repository-fixture";

interface Sample {
  idKey: string;
  encryptionKey: string;
  manifestId: string;
  roots: Record<string, string>;
  documents: Record<string, string[]>;
  objects: Record<string, string>;
}

const sample = JSON.parse(
  readFileSync(new URL("./testdata/format-v1-without-envelope.json", import.meta.url), "utf8"),
) as Sample;

async function openSample(): Promise<Repository> {
  const store = new MemoryStore();
  for (const [name, content] of Object.entries(sample.objects)) await store.put(name, Buffer.from(content, "base64"));
  const keys = { idKey: Buffer.from(sample.idKey, "hex"), encryptionKey: Buffer.from(sample.encryptionKey, "hex") };
  return reopen({ store, keys });
}

describe("a repository written before key envelopes", () => {
  it("is still read whole, from storage and keys alone", async () => {
    const repository = await openSample();
    const manifest = await repository.readManifest(sample.manifestId);
    const report = await repository.verify(sample.manifestId, { signal: new AbortController().signal });
    expect(report).toMatchObject({ ok: true, problems: [] });
    for (const collection of manifest.members[0]!.collections) {
      if (!collection.layers) continue;
      const read = (await readAll(repository, collection.layers)).map((doc) => doc.toString("base64"));
      expect(read).toEqual(sample.documents[collection.name]);
    }
  });

  it("would get the same roots today: node ids and cuts are part of the format", async () => {
    const repository = await openSample();
    const manifest = await repository.readManifest(sample.manifestId);
    const { base } = manifest.members[0]!.collections[0]!.layers!;
    const entries = (await readAll(repository, { base, deltas: [] })).map((doc) => ({ key: encodeIdKey(doc), doc }));
    const root = await buildTree(entries, repository.hasher(), { ...repository.shape, keys: "fromId" });
    expect(root).toEqual(base);
    expect(root.id!.toString("hex")).toBe(sample.roots.orders);
  });
});
