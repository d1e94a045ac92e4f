import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildTree, documentBatches, type Entry, type Layers } from "../../tree";
import {
  check,
  contentOf,
  flipped,
  leafFlipped,
  nodeFlipped,
  ORDERS,
  sample,
  signal,
  stateOf,
  makeSample,
  withDamage,
  type Changes,
} from "./damage-fixture";
import type { Repository, SnapshotManifest } from "..";
import { PARAMS } from "../repository-fixture";
import { salvageSnapshot } from "./salvage";

makeSample();

/** Any damage to one or two objects: flips, cuts, removals, swaps, nodes changing places, one pack for another. */
const damage = fc.array(
  fc.record({
    kind: fc.constantFrom("flip", "flip", "flip", "cut", "remove", "swap", "zero", "shift"),
    which: fc.nat(),
    other: fc.nat(),
    at: fc.nat(),
    mask: fc.integer({ min: 1, max: 255 }),
  }),
  { minLength: 1, maxLength: 2 },
);

function changesOf(list: Array<{ kind: string; which: number; other: number; at: number; mask: number }>): Changes {
  const names = [...sample.packs, ...sample.manifestIds.map((id) => `manifests/${id}`)];
  const changes: Changes = {};
  for (const { kind, which, other, at, mask } of list) {
    const name = names[which % names.length]!;
    const content = sample.objects.get(name)!;
    if (kind === "flip") changes[name] = flipped(name, at, mask);
    if (kind === "cut") changes[name] = content.subarray(0, at % content.length);
    if (kind === "remove") changes[name] = null;
    if (kind === "zero")
      changes[name] = Buffer.concat([content.subarray(0, at % content.length), Buffer.alloc(300)]).subarray(
        0,
        content.length,
      );
    if (kind === "shift") {
      const cut = at % content.length;
      changes[name] = Buffer.concat([content.subarray(0, cut), Buffer.from([mask]), content.subarray(cut, -1)]);
    }
    if (kind === "swap") {
      const second = names[other % names.length]!;
      changes[name] = sample.objects.get(second)!;
      changes[second] = content;
    }
  }
  return changes;
}

async function ordersOf(repository: Repository, manifest: SnapshotManifest): Promise<Entry[]> {
  const { layers } = manifest.members[0]!.collections.find(({ name }) => name === "orders")!;
  const found: Entry[] = [];
  for await (const batch of documentBatches(repository.reader(), layers!)) found.push(...batch);
  return found;
}

describe("after any damage", () => {
  it(
    "what is read is right or an error, what is affected is named, and what is intact comes back",
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(damage, fc.boolean(), async (list, warm) => {
          await withDamage(
            changesOf(list),
            async (opened) => {
              const { report, damageOf } = await check(opened);
              const unreadable = new Set(report.damagedManifests.map(({ manifestId }) => manifestId));
              for (const [at, manifestId] of sample.manifestIds.entries()) {
                const manifest = await opened.repository.readManifest(manifestId).catch(() => null);
                // Removed altogether, a manifest is only missed by who knew it.
                if (!manifest) {
                  const isGone = (await opened.store.head(`manifests/${manifestId}`)) === null;
                  expect(isGone || unreadable.has(manifestId)).toBe(true);
                  continue;
                }
                const expected = sample.expected[at]!;
                const found = damageOf(manifestId).find(({ namespace }) => namespace === "shop.orders");
                if (!found) {
                  expect(stateOf(await ordersOf(opened.repository, manifest))).toEqual(expected);
                  continue;
                }
                await expect(ordersOf(opened.repository, manifest)).rejects.toMatchObject({
                  code: expect.stringMatching(/^NODE_(MISSING|CORRUPT)$/) as string,
                });
                const own = damageOf(manifestId).map((one) => ({
                  ...one,
                  collection: manifest.members[0]!.collections.find(({ name }) => name === one.collection.name)!,
                }));
                const salvaged = await salvageSnapshot(opened.repository, manifest, own, signal);
                const left = stateOf(await ordersOf(opened.repository, salvaged.manifest));
                for (const [id, doc] of left) expect(expected.get(id)).toBe(doc);
                const lost = found.ranges.reduce((sum, range) => sum + range.documents, 0);
                const isDeltaLost = found.ranges.some(({ layer }) => layer > 0);
                if (!isDeltaLost) expect(left.size).toBeGreaterThanOrEqual(expected.size - lost);
              }
            },
            { warm },
          );
        }),
        { numRuns: 60 },
      );
    },
  );

  it("nothing older than what was lost is taken for it", async () => {
    const [, { base, deltas }] = sample.orders as [Layers, Layers];
    await withDamage(await nodeFlipped(deltas[0]!.id!), async (opened) => {
      const { damageOf } = await check(opened);
      const manifest = damageOf(sample.manifestIds[1]!);
      expect(manifest).toHaveLength(1);
      const whole = await opened.repository.readManifest(sample.manifestIds[1]!);
      const own = manifest.map((one) => ({
        ...one,
        collection: whole.members[0]!.collections.find(({ name: known }) => known === "orders")!,
      }));
      const salvaged = await salvageSnapshot(opened.repository, whole, own, signal);
      // The delta is one leaf here, so every document of the base may have been changed by it.
      expect(await ordersOf(opened.repository, salvaged.manifest)).toEqual([]);
      expect(base.documents).toBe(ORDERS);
    });
  });
});

describe("a damaged collection that is collected again", () => {
  it("shares the nodes that are whole: only what lies beside the hole is written", async () => {
    await withDamage(await leafFlipped(), async (opened) => {
      const { damageOf } = await check(opened);
      const manifestId = sample.manifestIds[0]!;
      const manifest = await opened.repository.readManifest(manifestId);
      const own = damageOf(manifestId).map((one) => ({
        ...one,
        collection: manifest.members[0]!.collections.find(({ name: known }) => known === one.collection.name)!,
      }));
      const before = (await contentOf(opened.store)).size;
      const salvaged = await salvageSnapshot(opened.repository, manifest, own, signal);
      const written = [...(await contentOf(opened.store))].filter(([object]) => !sample.objects.has(object));
      expect(written.length).toBe((await contentOf(opened.store)).size - before);
      const bytes = written.reduce((sum, [, content]) => sum + content.length, 0);
      const all = sample.packs.reduce((sum, pack) => sum + sample.objects.get(pack)!.length, 0);
      expect(bytes).toBeLessThan(all / 4);
      const { layers } = salvaged.manifest.members[0]!.collections.find((one) => one.name === own[0]!.collection.name)!;
      const rebuilt = await buildTree(entriesOf(opened.repository, layers!), opened.repository.hasher(), PARAMS);
      expect(rebuilt.id).toEqual(layers!.base.id);
    });
  });
});

async function* entriesOf(repository: Repository, layers: Layers): AsyncGenerator<Entry> {
  for await (const batch of documentBatches(repository.reader(), layers)) yield* batch;
}
