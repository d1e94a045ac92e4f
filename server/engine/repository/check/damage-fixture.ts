import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { readObject } from "../../storage";
import { MemoryStore } from "../../storage/drivers/memory";
import type { Entry, Layers } from "../../tree";
import { decodeNode, isLeaf } from "../../tree/node-codec";
import { checkRepository, type CheckOptions, type CheckResult } from "./check";
import { LocalNodeIndex } from "../node-index/local-node-index";
import { MemoryNodeIndex, Repository } from "..";
import { packName } from "../pack";
import { refreshLocalIndex } from "../node-index/refresh-local-index";
import { documents, makeRepository, manifestOf, store, type Fixture } from "../repository-fixture";

export const signal = new AbortController().signal;
export const ORDERS = 800;
const CUSTOMERS = 200;

/** Two snapshots that share a base; the second has a delta over it. A collection beside it is in both. */
export interface Sample extends Fixture {
  objects: Map<string, Buffer>;
  /** Oldest first. */
  manifestIds: string[];
  orders: Layers[];
  /** What each snapshot's orders hold, by `_id`. */
  expected: Array<Map<number, string>>;
  packs: string[];
}

export let sample: Sample;
let folder: string;

const changed = () => documents(ORDERS, 9).filter((_, id) => id % 50 === 3);
const removed = () => documents(ORDERS).flatMap(({ key }, id) => (id % 50 === 4 ? [{ key, doc: null }] : []));

export function stateOf(entries: Iterable<Entry>): Map<number, string> {
  return new Map([...entries].flatMap(({ doc }) => (doc ? [[idOf(doc), doc.toString("hex")] as const] : [])));
}

/** Documents of the fixture begin with an int32 `_id`. */
function idOf(doc: Buffer): number {
  return doc.readInt32LE(4 + 1 + 4);
}

export async function contentOf(store_: MemoryStore): Promise<Map<string, Buffer>> {
  const objects = new Map<string, Buffer>();
  for await (const { name } of store_.list("")) objects.set(name, await readObject(store_, name));
  return objects;
}

/** Makes the sample before the tests of a file. */
export function makeSample(): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "holdfast-check-"));
    const fixture = await makeRepository();
    const { repository } = fixture;
    const base = await store(repository, documents(ORDERS));
    const edits = [...changed(), ...removed()].sort((a, b) => Buffer.compare(a.key, b.key));
    const delta = await store(repository, edits);
    const customers = await store(repository, documents(CUSTOMERS, 5));
    const orders = [
      { base, deltas: [] },
      { base, deltas: [delta] },
    ];
    const before = stateOf(documents(ORDERS));
    const after = new Map(before);
    for (const { doc } of changed()) after.set(idOf(doc), doc.toString("hex"));
    for (let id = 4; id < ORDERS; id += 50) after.delete(id);
    const bytes = [...after.values()].reduce((sum, hex) => sum + hex.length / 2, 0);
    const counts = [base, { ...base, documents: after.size, bytes }];
    const manifestIds: string[] = [];
    for (const [at, layers] of orders.entries()) {
      const parts = { orders: layers, customers: { base: customers, deltas: [] } };
      manifestIds.push(await repository.writeManifest(manifestOf(parts, { orders: counts[at]!, customers })));
    }
    const objects = await contentOf(fixture.store);
    const packs = [...objects.keys()].filter((name) => name.startsWith("packs/"));
    expect(packs.length).toBeGreaterThan(4);
    sample = { ...fixture, objects, manifestIds, orders, expected: [before, after], packs };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}

/** One flipped bit in a leaf of the orders' base. */
export async function leafFlipped(): Promise<Changes> {
  return nodeFlipped((await leavesOfOrders())[1]!);
}

/** Leaves of the orders' base that have one parent, in order. */
export async function leavesOfOrders(): Promise<Buffer[]> {
  const reader = sample.repository.reader();
  const { base } = sample.orders[0]!;
  let id = base.id!;
  let leaves: Buffer[] = [];
  for (let height = base.height; height > 1; height -= 1) {
    const node = decodeNode(await reader.read(id));
    leaves = isLeaf(node) ? [] : node.children.map((child) => child.id);
    id = leaves[0]!;
  }
  return leaves;
}

/** The packs that hold the base of the orders, and nothing else. */
export async function packsOfOrders(): Promise<string[]> {
  const own = new Set<string>();
  const others = new Set<string>();
  const alone = await makeTwin();
  const root = await store(alone.repository, documents(ORDERS));
  expect(root.id).toEqual(sample.orders[0]!.base.id);
  for (const name of sample.packs) {
    const packId = Buffer.from(name.split("/").at(-1)!, "hex");
    const { nodes } = await sample.repository.readPackList(packId, sample.objects.get(name)!.length);
    const known = await alone.index.lookup(nodes.map(({ nodeId }) => nodeId));
    for (const { nodeId } of nodes) (known.has(nodeId.toString("hex")) ? own : others).add(name);
  }
  return [...own].filter((name) => !others.has(name));
}

async function makeTwin(): Promise<{ repository: Repository; index: MemoryNodeIndex }> {
  const index = new MemoryNodeIndex();
  return { index, repository: await Repository.open({ store: await damagedStore({}), keys: sample.keys, index }) };
}

export async function nodeFlipped(id: Buffer): Promise<Changes> {
  const { packId, offset } = (await sample.repository.index.lookup([id])).get(id.toString("hex"))!;
  const name = packName(packId);
  return { [name]: flipped(name, offset + 40) };
}

export type Changes = Record<string, Buffer | null>;

export async function damagedStore(changes: Changes): Promise<MemoryStore> {
  const damaged = new MemoryStore();
  for (const [name, content] of sample.objects) {
    const next = name in changes ? changes[name]! : content;
    if (next) await damaged.put(name, next);
  }
  return damaged;
}

let indexes = 0;

/** Opens a damaged storage as the command line does; `warm` gives an index that saw the packs before the damage. */
export async function withDamage<T>(
  changes: Changes,
  work: (opened: { repository: Repository; index: LocalNodeIndex; store: MemoryStore }) => Promise<T>,
  { warm = false } = {},
): Promise<T> {
  const damaged = await damagedStore(changes);
  const index = new LocalNodeIndex(join(folder, `${(indexes += 1)}.mdb`));
  try {
    if (warm) {
      const whole = await Repository.open({ store: await damagedStore({}), keys: sample.keys, index });
      await refreshLocalIndex(whole, index, { signal });
    }
    const repository = await Repository.open({ store: damaged, keys: sample.keys, index });
    await refreshLocalIndex(repository, index, { signal, keepGone: true });
    return await work({ repository, index, store: damaged });
  } finally {
    await index.close();
  }
}

export function check(
  { repository, index }: { repository: Repository; index: LocalNodeIndex },
  over: Partial<CheckOptions> = {},
): Promise<CheckResult> {
  const distrust = (id: Buffer, pack: Buffer) => index.distrust(id, pack);
  return checkRepository(repository, { readData: true, signal, distrust, ...over });
}

export function flipped(name: string, at: number, mask = 1): Buffer {
  const copy = Buffer.from(sample.objects.get(name)!);
  copy[at % copy.length]! ^= mask;
  return copy;
}
