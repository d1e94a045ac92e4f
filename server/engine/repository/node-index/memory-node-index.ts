import { systemClock, type Clock } from "@/server/platform/clock";
import type { CollectableIndex, IndexedPack, PlacedNode } from "./collectable-index";
import type { NodeLocation, PackRecord } from "./node-index";

type Pack = Omit<IndexedPack, "state"> & { state: IndexedPack["state"] | "removed" };

/** The index in memory: for tests, and for reading a repository without any database. */
export class MemoryNodeIndex implements CollectableIndex {
  readonly #clock: Clock;
  readonly #nodes = new Map<string, NodeLocation>();
  readonly #packs = new Map<string, Pack>();
  /** Names of nodes by the pack that their place is in. */
  readonly #nodesByPack = new Map<string, Set<string>>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  async lookup(ids: Buffer[]): Promise<Map<string, NodeLocation>> {
    const found = new Map<string, NodeLocation>();
    for (const id of ids) {
      const name = id.toString("hex");
      const place = this.#nodes.get(name);
      if (!place) continue;
      const state = this.#packs.get(place.packId.toString("hex"))?.state;
      const facts = { ...(state !== "kept" && { condemned: true }), ...(state === "gone" && { gone: true }) };
      found.set(name, { ...place, ...facts });
    }
    return found;
  }

  async hasGonePacks(): Promise<boolean> {
    return [...this.#packs.values()].some(({ state }) => state === "gone");
  }

  async record(pack: PackRecord): Promise<void> {
    this.#record(pack, "kept");
  }

  async recordFound(pack: PackRecord): Promise<void> {
    this.#record(pack, "condemned");
  }

  #record({ packId, storedBytes, nodes, supersedes, found }: PackRecord, state: Pack["state"]): void {
    const packName = packId.toString("hex");
    const known = this.#packs.get(packName);
    const isOver = known?.state === "emptied" || known?.state === "removed";
    if (isOver && !found) return;
    const createdAt = this.#clock.now();
    const fresh: Pack = { packId, storedBytes, nodeCount: nodes.length, createdAt, state, condemnedAt: null };
    const pack = isOver ? { ...fresh, createdAt: known.createdAt, state: "condemned" as const } : (known ?? fresh);
    if (known && !isOver && state === "kept") Object.assign(known, { state, condemnedAt: null });
    this.#packs.set(packName, pack);
    for (const { nodeId, ...place } of nodes) {
      const name = nodeId.toString("hex");
      const old = this.#nodes.get(name);
      if (old && (pack.state === "condemned" || !(supersedes || this.#isCondemned(old.packId)))) continue;
      if (old) this.#nodesByPack.get(old.packId.toString("hex"))?.delete(name);
      this.#nodes.set(name, { packId, ...place });
      const names = this.#nodesByPack.get(packName);
      if (names) names.add(name);
      else this.#nodesByPack.set(packName, new Set([name]));
    }
  }

  #isCondemned(packId: Buffer): boolean {
    return this.#packs.get(packId.toString("hex"))?.state !== "kept";
  }

  async *listPacks(): AsyncGenerator<IndexedPack> {
    for (const { state, ...pack } of [...this.#packs.values()]) if (state !== "removed") yield { ...pack, state };
  }

  async nodesIn(packIds: Buffer[]): Promise<PlacedNode[]> {
    const names = packIds.flatMap((packId) => [...(this.#nodesByPack.get(packId.toString("hex")) ?? [])]);
    return names.map((name) => ({ nodeId: Buffer.from(name, "hex"), ...this.#nodes.get(name)! }));
  }

  async unknownPacks(packIds: Buffer[]): Promise<Buffer[]> {
    return packIds.filter((packId) => !this.#packs.has(packId.toString("hex")));
  }

  async removedPacks(packIds: Buffer[]): Promise<Buffer[]> {
    return this.#among(packIds, "removed").map(({ packId }) => packId);
  }

  async condemn(packIds: Buffer[]): Promise<void> {
    for (const pack of this.#among(packIds, "kept")) Object.assign(pack, { state: "condemned", condemnedAt: null });
  }

  async markGone(packIds: Buffer[]): Promise<void> {
    for (const pack of this.#among(packIds, "condemned")) pack.state = "gone";
  }

  async keepReturned(packIds: Buffer[]): Promise<void> {
    for (const pack of this.#among(packIds, "gone")) Object.assign(pack, { state: "kept", condemnedAt: null });
  }

  #among(packIds: Buffer[], state: Pack["state"]): Pack[] {
    const packs = packIds.map((packId) => this.#packs.get(packId.toString("hex")));
    return packs.filter((pack) => pack?.state === state) as Pack[];
  }

  async settleCondemned(): Promise<void> {
    for (const pack of this.#packs.values()) {
      if (pack.state === "condemned" || pack.state === "gone") pack.condemnedAt ??= this.#clock.now();
    }
  }

  async pardon(packId: Buffer, condemnedAt: Date): Promise<boolean> {
    const pack = this.#condemnedAt(packId, condemnedAt, ["condemned"]);
    if (pack) Object.assign(pack, { state: "kept", condemnedAt: null });
    return pack !== null;
  }

  async emptyPack(packId: Buffer, condemnedAt: Date): Promise<boolean> {
    const pack = this.#condemnedAt(packId, condemnedAt, ["condemned", "gone"]);
    if (!pack) return false;
    pack.state = "emptied";
    const packName = packId.toString("hex");
    for (const name of this.#nodesByPack.get(packName) ?? []) this.#nodes.delete(name);
    this.#nodesByPack.delete(packName);
    return true;
  }

  #condemnedAt(packId: Buffer, condemnedAt: Date, states: Array<Pack["state"]>): Pack | null {
    const pack = this.#packs.get(packId.toString("hex"));
    return pack && states.includes(pack.state) && pack.condemnedAt?.getTime() === condemnedAt.getTime() ? pack : null;
  }

  async dropPack(packId: Buffer): Promise<void> {
    const pack = this.#packs.get(packId.toString("hex"));
    if (pack?.state === "emptied") pack.state = "removed";
  }

  async forgetRemoved(before: Date): Promise<void> {
    for (const [name, { state, condemnedAt }] of this.#packs) {
      if (state === "removed" && condemnedAt && condemnedAt < before) this.#packs.delete(name);
    }
  }
}
