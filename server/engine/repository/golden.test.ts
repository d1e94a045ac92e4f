import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InstallationKey } from "@/server/platform/crypto";
import { photograph, restoreInto, type NamespaceFacts } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { FilesystemStore } from "../storage/drivers/filesystem";
import { ReadOnlyStore } from "../storage/wrappers/read-only";
import { canonicalRoot, documentBatches, type DocumentEntry } from "../tree";
import { MemoryNodeIndex, Repository, type CollectionManifest } from ".";
import { rebuildIndex } from "./node-index/rebuild-index";

interface Expected {
  snapshots: Array<{
    manifestId: string;
    documents: number;
    /** Number of layers, and the canonical root, by namespace. */
    layers: Record<string, number>;
    roots: Record<string, string | null>;
    namespaces: Record<string, NamespaceFacts>;
  }>;
}

const folder = new URL("./testdata/format-v1/", import.meta.url);
const { snapshots } = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8")) as Expected;

/** As somebody would who has the folder and the key file and nothing else; nothing of it may be changed. */
async function openSample(): Promise<Repository> {
  const store = new ReadOnlyStore(new FilesystemStore(fileURLToPath(new URL("repository", folder))));
  const wrapper = new InstallationKey(readFileSync(new URL("key", folder), "utf8").trim());
  const repository = await Repository.openWithKey({ store, index: new MemoryNodeIndex(), wrapper });
  expect(await rebuildIndex(repository)).toMatchObject({ packs: 3, damagedPacks: [] });
  return repository;
}

async function* entriesOf(repository: Repository, { layers }: CollectionManifest): AsyncGenerator<DocumentEntry> {
  for await (const batch of documentBatches(repository.reader(), layers!)) yield* batch;
}

describe("the sample of format version 1, a folder and a key file", () => {
  let target: TestServer;
  let repository: Repository;
  beforeAll(async () => {
    [target, repository] = await Promise.all([startTestServer(), openSample()]);
  });
  afterAll(() => target.close());

  it("has snapshots of one layer, of two and of three", () => {
    expect(snapshots.map(({ layers }) => layers["shop.events"])).toEqual([1, 2, 3]);
  });

  it.each(snapshots)("is whole: snapshot $manifestId", async ({ manifestId, documents }) => {
    const report = await repository.verify(manifestId, { signal: new AbortController().signal });
    expect(report).toMatchObject({ ok: true, documents, problems: [] });
  });

  it.each(snapshots)("is cut today as it was then: snapshot $manifestId", async ({ manifestId, layers, roots }) => {
    const { members, catalogue } = await repository.readManifest(manifestId);
    expect(catalogue?.organization.name).toBe("Sample Organization");
    for (const collection of members[0]!.collections) {
      if (!collection.layers) continue;
      const name = `${collection.database}.${collection.name}`;
      expect(1 + collection.layers.deltas.length).toBe(layers[name]);
      const params = { ...repository.shape, keys: collection.keying === "id" ? "fromId" : "stored" } as const;
      const root = await canonicalRoot(entriesOf(repository, collection), repository.hasher(), params);
      expect(root.id?.toString("hex") ?? null).toBe(roots[name]);
    }
  });

  it.each(snapshots)("is restored byte for byte: snapshot $manifestId", async ({ manifestId, namespaces }) => {
    await restoreInto(target.client, repository, manifestId);
    expect(await photograph(target.client)).toEqual(namespaces);
  });
});
