import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { MemoryStore } from "../../storage/drivers/memory";
import { readObject } from "../../storage";
import type { Layers } from "../../tree";
import { MemoryNodeIndex, Repository } from "..";
import { documents, makeRepository, manifestOf, readAll, store, WRAPPER, type Fixture } from "../repository-fixture";
import { rebuildIndex } from "../node-index/rebuild-index";

const signal = new AbortController().signal;
const ORDERS = 600;
const CUSTOMERS = 400;

/** Two collections whose nodes lie in packs of their own, and the snapshot of both. */
interface Sample extends Fixture {
  manifestId: string;
  layers: Record<"orders" | "customers", Layers>;
  objects: Map<string, Buffer>;
  packsOf: Record<"orders" | "customers", string[]>;
  /** The index as it was before any damage: it knows every node. */
  index: MemoryNodeIndex;
}

let sample: Sample;

async function snapshotOf(objects: MemoryStore): Promise<Map<string, Buffer>> {
  const all = new Map<string, Buffer>();
  for await (const { name } of objects.list("")) all.set(name, await readObject(objects, name));
  return all;
}

async function makeSample(): Promise<Sample> {
  const fixture = await makeRepository();
  const { repository } = fixture;
  const orders = await store(repository, documents(ORDERS));
  const ordersPacks = [...(await snapshotOf(fixture.store)).keys()].filter((name) => name.startsWith("packs/"));
  const customers = await store(repository, documents(CUSTOMERS, 5));
  const layers = { orders: { base: orders, deltas: [] }, customers: { base: customers, deltas: [] } };
  const manifestId = await repository.writeManifest(manifestOf(layers, { orders, customers }));
  const objects = await snapshotOf(fixture.store);
  const packs = [...objects.keys()].filter((name) => name.startsWith("packs/"));
  const customersPacks = packs.filter((name) => !ordersPacks.includes(name));
  expect(Math.min(ordersPacks.length, customersPacks.length)).toBeGreaterThan(1);
  const index = new MemoryNodeIndex();
  await rebuildIndex(await Repository.open({ ...fixture, index }));
  return {
    ...fixture,
    index,
    manifestId,
    layers,
    objects,
    packsOf: { orders: ordersPacks, customers: customersPacks },
  };
}

async function storeWith(changes: Record<string, Buffer | null>): Promise<MemoryStore> {
  const changed = new MemoryStore();
  for (const [name, content] of sample.objects) {
    const next = name in changes ? changes[name]! : content;
    if (next) await changed.put(name, next);
  }
  return changed;
}

type Outcome = { ok: boolean; affected: string[]; rebuildNoticed: boolean };

/** Opens the damaged storage with the old index and with one rebuilt from it, verifies and reads both ways. */
async function look(damaged: MemoryStore): Promise<Outcome> {
  const rebuilt = new MemoryNodeIndex();
  const fresh = await Repository.open({ store: damaged, keys: sample.keys, index: rebuilt });
  const { damagedPacks, packs } = await rebuildIndex(fresh);
  const noticed = damagedPacks.length > 0 || packs < sample.packsOf.orders.length + sample.packsOf.customers.length;
  const withOld = await Repository.open({ store: damaged, keys: sample.keys, index: sample.index });
  const reports = [
    await withOld.verify(sample.manifestId, { signal }),
    await fresh.verify(sample.manifestId, { signal }),
  ];
  for (const [repository, report] of [
    [withOld, reports[0]!],
    [fresh, reports[1]!],
  ] as const) {
    for (const name of ["orders", "customers"] as const)
      await assertNeverWrong(repository, name, !report.affected.includes(`shop.${name}`));
    for (const problem of report.problems) expect(["NODE_CORRUPT", "NODE_MISSING"]).toContain(problem.code);
    for (const problem of report.problems) expect(problem.nodeId).toMatch(/^[0-9a-f]{64}$/);
  }
  const affected = [...new Set(reports.flatMap((report) => report.affected))];
  return { ok: reports.every((report) => report.ok), affected, rebuildNoticed: noticed };
}

async function assertNeverWrong(
  repository: Repository,
  name: "orders" | "customers",
  mustRead: boolean,
): Promise<void> {
  const entries = name === "orders" ? documents(ORDERS) : documents(CUSTOMERS, 5);
  const expected = Buffer.concat(entries.map(({ doc }) => doc));
  try {
    expect(Buffer.concat(await readAll(repository, sample.layers[name])).equals(expected)).toBe(true);
  } catch (error) {
    expect(isDomainError(error) && ["NODE_CORRUPT", "NODE_MISSING"].includes(error.code)).toBe(true);
    expect(mustRead).toBe(false);
  }
}

function flipped(content: Buffer, at: number, mask: number): Buffer {
  const copy = Buffer.from(content);
  copy[at % copy.length]! ^= mask;
  return copy;
}

beforeAll(async () => {
  sample = await makeSample();
});

describe("damage to a pack", () => {
  const pick = fc.tuple(fc.constantFrom("orders" as const, "customers" as const), fc.nat());
  const packOf = ([collection, n]: ["orders" | "customers", number]) =>
    sample.packsOf[collection][n % sample.packsOf[collection].length]!;

  it("by any flipped bit is found and named, or touches nothing that is read, and never gives wrong data", async () => {
    await fc.assert(
      fc.asyncProperty(pick, fc.nat(), fc.integer({ min: 1, max: 255 }), async (which, at, mask) => {
        const name = packOf(which);
        const outcome = await look(await storeWith({ [name]: flipped(sample.objects.get(name)!, at, mask) }));
        expect(!outcome.ok || outcome.rebuildNoticed).toBe(true);
        if (!outcome.ok) expect(outcome.affected).toEqual([`shop.${which[0]}`]);
      }),
      { numRuns: 40 },
    );
  });

  it("by cutting it anywhere is found and named", async () => {
    await fc.assert(
      fc.asyncProperty(pick, fc.nat(), async (which, length) => {
        const name = packOf(which);
        const content = sample.objects.get(name)!;
        const outcome = await look(await storeWith({ [name]: content.subarray(0, length % content.length) }));
        expect(outcome).toEqual({ ok: false, affected: [`shop.${which[0]}`], rebuildNoticed: true });
      }),
      { numRuns: 15 },
    );
  });

  it("by removing it is found and named", async () => {
    for (const collection of ["orders", "customers"] as const) {
      const outcome = await look(await storeWith({ [sample.packsOf[collection][0]!]: null }));
      expect(outcome).toEqual({ ok: false, affected: [`shop.${collection}`], rebuildNoticed: true });
    }
  });

  it("by swapping two is found and named, also when they are of one collection", async () => {
    const [first, second] = sample.packsOf.orders;
    const other = sample.packsOf.customers[0]!;
    const swap = (a: string, b: string) => storeWith({ [a]: sample.objects.get(b)!, [b]: sample.objects.get(a)! });
    const within = await look(await swap(first!, second!));
    expect(within).toEqual({ ok: false, affected: ["shop.orders"], rebuildNoticed: true });
    const across = await look(await swap(first!, other));
    expect(across).toMatchObject({ ok: false, rebuildNoticed: true });
    expect(across.affected.sort()).toEqual(["shop.customers", "shop.orders"]);
  });

  it("by putting one of another repository with the same keys in its place is found", async () => {
    const index = new MemoryNodeIndex();
    const objects = new MemoryStore();
    const twin = await Repository.create({
      store: objects,
      index,
      keys: sample.keys,
      id: "ffffffffffffffffffffffff",
      wrapWith: WRAPPER,
      shape: sample.repository.shape,
    });
    await store(twin, documents(ORDERS));
    const foreign = [...(await snapshotOf(objects))].find(([name]) => name.startsWith("packs/"))![1];
    const outcome = await look(await storeWith({ [sample.packsOf.orders[0]!]: foreign }));
    expect(outcome).toEqual({ ok: false, affected: ["shop.orders"], rebuildNoticed: true });
  });
});

describe("damage to a manifest", () => {
  const corrupt = expect.objectContaining({ code: "MANIFEST_CORRUPT" });

  async function read(content: Buffer | null, manifestId = sample.manifestId): Promise<unknown> {
    const damaged = await storeWith({ [`manifests/${sample.manifestId}`]: content });
    if (manifestId !== sample.manifestId && content) await damaged.put(`manifests/${manifestId}`, content);
    const repository = await Repository.open({ store: damaged, keys: sample.keys, index: new MemoryNodeIndex() });
    return repository.readManifest(manifestId);
  }

  it("by any flipped bit or cut is found", async () => {
    const content = sample.objects.get(`manifests/${sample.manifestId}`)!;
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        if (at % content.length !== 4) await expect(read(flipped(content, at, mask))).rejects.toThrowError(corrupt);
        await expect(read(content.subarray(0, at % content.length))).rejects.toThrowError(corrupt);
      }),
    );
  });

  it("by taking another's name is found, by a version from the future is said, by removing it is said", async () => {
    const content = sample.objects.get(`manifests/${sample.manifestId}`)!;
    await expect(read(content, "ffffffffffffffffffffffff")).rejects.toThrowError(corrupt);
    await expect(read(flipped(content, 4, 3))).rejects.toThrowError(
      expect.objectContaining({ code: "REPOSITORY_FORMAT_UNKNOWN" }),
    );
    await expect(read(null)).rejects.toThrowError(expect.objectContaining({ code: "MANIFEST_NOT_FOUND" }));
  });
});

describe("damage to the header or the key envelope", () => {
  const CODES = ["REPOSITORY_KEY_WRONG", "REPOSITORY_FORMAT_UNKNOWN", "REPOSITORY_HEADER_LOST", "KEY_ENVELOPE_CORRUPT"];

  it("by any flipped bit or cut is said, or changes nothing that counts", async () => {
    const names = [...sample.objects.keys()].filter((name) => !/^(packs|manifests)\//.test(name));
    expect(names).toHaveLength(2);
    const change = fc.record({ name: fc.constantFrom(...names), at: fc.nat(), mask: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(change, async ({ name, at, mask }) => {
        const content = sample.objects.get(name)!;
        const next = mask === 0 ? content.subarray(0, at % content.length) : flipped(content, at, mask);
        const damaged = await storeWith({ [name]: next });
        const opening = Repository.openWithKey({ store: damaged, index: new MemoryNodeIndex(), wrapper: WRAPPER });
        const opened = await opening.catch((error: unknown) => error);
        // The last line feed, and the case of hexadecimal digits, say nothing.
        if (opened instanceof Repository) {
          expect([opened.id, opened.shape]).toEqual([sample.repository.id, sample.repository.shape]);
          expect((await opened.readManifest(sample.manifestId)).members).toHaveLength(1);
        } else expect(isDomainError(opened) && CODES.includes(opened.code), String(opened)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("by removing it is said", async () => {
    const index = new MemoryNodeIndex();
    const open = async (name: string) =>
      Repository.openWithKey({ store: await storeWith({ [name]: null }), index, wrapper: WRAPPER });
    const envelope = [...sample.objects.keys()].find((name) => name.startsWith("keys/"))!;
    const code = (value: string) => expect.objectContaining({ code: value }) as Error;
    await expect(open("holdfast-repository")).rejects.toThrowError(code("REPOSITORY_HEADER_LOST"));
    await expect(open(envelope)).rejects.toThrowError(code("REPOSITORY_KEY_WRONG"));
  });
});
