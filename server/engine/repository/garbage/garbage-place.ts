import { fixedClock } from "@/server/platform/clock";
import { readObject } from "../../storage";
import type { MemoryStore } from "../../storage/drivers/memory";
import type { TreeRoot } from "../../tree";
import type { RepositoryKeys } from "../keys/keys";
import { MemoryNodeIndex } from "../node-index/memory-node-index";
import type { PackRecord } from "../node-index/node-index";
import { Repository } from "../repository";
import { makeRepository, manifestOf, readAll } from "../repository-fixture";
import { collectGarbage, type GarbageReport } from "./garbage";

const signal = new AbortController().signal;
const HOUR_MS = 60 * 60_000;

/** The id in a pack's object name. */
export function packIdOf(name: string): Buffer {
  return Buffer.from(name.slice(-32), "hex");
}

/** A repository whose clock and rows are the test's. */
export class Place {
  readonly clock = fixedClock(new Date("2026-01-01T00:00:00Z"));
  index!: MemoryNodeIndex;
  oldestRun: Date | null = null;
  needed: string[] = [];
  repository!: Repository;

  private constructor(
    readonly objects: MemoryStore,
    readonly keys: RepositoryKeys,
  ) {}

  static async open(): Promise<Place> {
    const { store, keys } = await makeRepository();
    const place = new Place(store, keys);
    await place.use(new MemoryNodeIndex(place.clock));
    return place;
  }

  /** From now on this is the installation's index. */
  async use(index: MemoryNodeIndex): Promise<void> {
    this.index = index;
    this.repository = await Repository.open({ store: this.objects, keys: this.keys, index });
  }

  /** With an index that knows nothing, as after a database from yesterday came back. */
  async forgetIndex(): Promise<void> {
    await this.use(new MemoryNodeIndex(this.clock));
  }

  /** An index of its own with what lies in the storage now: for later, when that is not so any more. */
  async copyIndex(): Promise<MemoryNodeIndex> {
    const copy = new MemoryNodeIndex(this.clock);
    for (const name of await this.packs()) await copy.record(await this.packList(name));
    return copy;
  }

  async packList(name: string): Promise<PackRecord> {
    const { bytes } = (await this.objects.head(name))!;
    return this.repository.readPackList(packIdOf(name), bytes);
  }

  async keep(root: TreeRoot): Promise<string> {
    const manifestId = await this.repository.writeManifest(manifestOf({ a: { base: root, deltas: [] } }, { a: root }));
    this.needed.push(manifestId);
    return manifestId;
  }

  async remove(manifestId: string): Promise<void> {
    this.needed = this.needed.filter((id) => id !== manifestId);
    await this.repository.deleteManifest(manifestId);
  }

  /** A round, an hour and a moment after what was before. */
  collect(assertAlone: () => Promise<void> = () => Promise.resolve()): Promise<GarbageReport> {
    this.clock.advance(HOUR_MS + 1);
    const { repository, index } = this;
    const ledger = {
      now: async () => this.clock.now(),
      oldestRunningSince: async () => this.oldestRun,
      neededManifests: async () => this.needed,
    };
    return collectGarbage({ repository, index, ledger, graceMs: HOUR_MS, packTargetBytes: 8000, signal, assertAlone });
  }

  async packs(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of this.objects.list("packs/")) names.push(name);
    return names;
  }

  async flip(name: string, at: number): Promise<void> {
    const content = await readObject(this.objects, name);
    content[at]! ^= 1;
    await this.objects.put(name, content);
  }

  async holds(root: TreeRoot, docs: Array<{ doc: Buffer }>): Promise<boolean> {
    const read = await readAll(this.repository, { base: root, deltas: [] });
    return Buffer.concat(read).equals(Buffer.concat(docs.map(({ doc }) => doc)));
  }
}
