import { open, type Database, type RootDatabase } from "lmdb";
import { systemClock, type Clock } from "@/server/platform/clock";
import type { CollectableIndex, IndexedPack, PlacedNode } from "./collectable-index";
import type { NodeLocation, PackRecord } from "./node-index";
import { PACK_ID_BYTES } from "./pack";

const NODE_ID_BYTES = 32;
const PLACE_BYTES = PACK_ID_BYTES + 4 + 4 + 4;
const STATES = ["kept", "condemned", "emptied", "removed"] as const;

interface Pack {
  storedBytes: number;
  nodeCount: number;
  createdAt: Date;
  state: (typeof STATES)[number];
  condemnedAt: Date | null;
}

const EMPTY = Buffer.alloc(0);
type Binary = Database<Buffer, Buffer>;

/**
 * The index in a local LMDB file: nodes (id -> pack id, offset, stored length, content length), packs, and which nodes are
 * in which pack (pack id and node id -> nothing). Close it when done. It can be deleted and rebuilt from the packs.
 */
export class LmdbNodeIndex implements CollectableIndex {
  readonly #clock: Clock;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #nodes: Binary;
  readonly #packs: Binary;
  readonly #nodesByPack: Binary;

  constructor(path: string, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#root = open<Buffer, Buffer>({ path, encoding: "binary", keyEncoding: "binary", noSubdir: true });
    const table = (name: string) =>
      this.#root.openDB<Buffer, Buffer>({ name, encoding: "binary", keyEncoding: "binary" });
    this.#nodes = table("nodes");
    this.#packs = table("packs");
    this.#nodesByPack = table("nodes-by-pack");
  }

  async lookup(ids: Buffer[]): Promise<Map<string, NodeLocation>> {
    const found = new Map<string, NodeLocation>();
    const condemned = new Map<string, boolean>();
    for (const id of ids) {
      const value = this.#nodes.getBinary(id);
      if (!value) continue;
      const place = decodePlace(value);
      const packName = place.packId.toString("hex");
      let isCondemned = condemned.get(packName);
      if (isCondemned === undefined) condemned.set(packName, (isCondemned = !this.#isKept(place.packId)));
      found.set(id.toString("hex"), isCondemned ? { ...place, condemned: true } : place);
    }
    return found;
  }

  record(pack: PackRecord): Promise<void> {
    return this.#change(() => this.#record(pack, "kept"));
  }

  recordFound(pack: PackRecord): Promise<void> {
    return this.#change(() => this.#record(pack, "condemned"));
  }

  #record({ packId, storedBytes, nodes, supersedes }: PackRecord, state: Pack["state"]): void {
    const known = this.#pack(packId);
    if (known?.state === "emptied" || known?.state === "removed") return;
    const createdAt = this.#clock.now();
    const pack = known ?? { storedBytes, nodeCount: nodes.length, createdAt, state, condemnedAt: null };
    if (!known) void this.#packs.put(packId, encodePack(pack));
    for (const { nodeId, ...place } of nodes) {
      const value = this.#nodes.getBinary(nodeId);
      if (value) {
        const old = decodePlace(value).packId;
        if (pack.state === "condemned" || (!supersedes && this.#isKept(old))) continue;
        void this.#nodesByPack.remove(Buffer.concat([old, nodeId]));
      }
      void this.#nodes.put(nodeId, encodePlace({ packId, ...place }));
      void this.#nodesByPack.put(Buffer.concat([packId, nodeId]), EMPTY);
    }
  }

  #pack(packId: Buffer): Pack | null {
    const value = this.#packs.getBinary(packId);
    return value ? decodePack(value) : null;
  }

  #isKept(packId: Buffer): boolean {
    return this.#pack(packId)?.state === "kept";
  }

  async *listPacks(): AsyncGenerator<IndexedPack> {
    for (const { key, value } of this.#packs.getRange({})) {
      const { state, ...pack } = decodePack(value);
      if (state !== "removed") yield { packId: Buffer.from(key), ...pack, state };
    }
  }

  async nodesIn(packIds: Buffer[]): Promise<PlacedNode[]> {
    return packIds.flatMap((packId) =>
      this.#idsIn(packId).map((nodeId) => ({ nodeId, ...decodePlace(this.#nodes.getBinary(nodeId)!) })),
    );
  }

  #idsIn(packId: Buffer): Buffer[] {
    const end = Buffer.concat([packId, Buffer.alloc(NODE_ID_BYTES + 1, 0xff)]);
    return [...this.#nodesByPack.getKeys({ start: packId, end })].map((key) =>
      Buffer.from(key.subarray(PACK_ID_BYTES)),
    );
  }

  async unknownPacks(packIds: Buffer[]): Promise<Buffer[]> {
    return packIds.filter((packId) => !this.#pack(packId));
  }

  condemn(packIds: Buffer[]): Promise<void> {
    return this.#change(() => {
      for (const packId of packIds) {
        const pack = this.#pack(packId);
        if (pack?.state === "kept") this.#put(packId, { ...pack, state: "condemned", condemnedAt: null });
      }
    });
  }

  settleCondemned(): Promise<void> {
    return this.#change(() => {
      for (const { packId, pack } of this.#all()) {
        if (pack.state === "condemned" && !pack.condemnedAt) {
          this.#put(packId, { ...pack, condemnedAt: this.#clock.now() });
        }
      }
    });
  }

  pardon(packId: Buffer, condemnedAt: Date): Promise<boolean> {
    return this.#change(() => {
      const pack = this.#condemned(packId, condemnedAt);
      if (pack) this.#put(packId, { ...pack, state: "kept", condemnedAt: null });
      return pack !== null;
    });
  }

  emptyPack(packId: Buffer, condemnedAt: Date): Promise<boolean> {
    return this.#change(() => {
      const pack = this.#condemned(packId, condemnedAt);
      if (!pack) return false;
      this.#put(packId, { ...pack, state: "emptied" });
      for (const nodeId of this.#idsIn(packId)) {
        void this.#nodes.remove(nodeId);
        void this.#nodesByPack.remove(Buffer.concat([packId, nodeId]));
      }
      return true;
    });
  }

  dropPack(packId: Buffer): Promise<void> {
    return this.#change(() => {
      const pack = this.#pack(packId);
      if (pack?.state === "emptied") this.#put(packId, { ...pack, state: "removed" });
    });
  }

  forgetRemoved(before: Date): Promise<void> {
    return this.#change(() => {
      for (const { packId, pack } of this.#all()) {
        if (pack.state === "removed" && pack.condemnedAt && pack.condemnedAt < before) void this.#packs.remove(packId);
      }
    });
  }

  #condemned(packId: Buffer, condemnedAt: Date): Pack | null {
    const pack = this.#pack(packId);
    return pack?.state === "condemned" && pack.condemnedAt?.getTime() === condemnedAt.getTime() ? pack : null;
  }

  #all(): Array<{ packId: Buffer; pack: Pack }> {
    return [...this.#packs.getRange({})].map(({ key, value }) => ({
      packId: Buffer.from(key),
      pack: decodePack(value),
    }));
  }

  #put(packId: Buffer, pack: Pack): void {
    void this.#packs.put(packId, encodePack(pack));
  }

  /** One transaction, durable when it resolves. LMDB has one writer at a time, so `work` sees what it changes. */
  async #change<T>(work: () => T): Promise<T> {
    const result = await this.#root.transaction(work);
    await this.#root.flushed;
    return result;
  }

  close(): Promise<void> {
    return this.#root.close();
  }
}

function encodePlace({ packId, offset, storedBytes, contentBytes }: NodeLocation): Buffer {
  const value = Buffer.alloc(PLACE_BYTES);
  packId.copy(value);
  value.writeUInt32LE(offset, PACK_ID_BYTES);
  value.writeUInt32LE(storedBytes, PACK_ID_BYTES + 4);
  value.writeUInt32LE(contentBytes, PACK_ID_BYTES + 8);
  return value;
}

function decodePlace(value: Buffer): NodeLocation {
  return {
    packId: Buffer.from(value.subarray(0, PACK_ID_BYTES)),
    offset: value.readUInt32LE(PACK_ID_BYTES),
    storedBytes: value.readUInt32LE(PACK_ID_BYTES + 4),
    contentBytes: value.readUInt32LE(PACK_ID_BYTES + 8),
  };
}

/** Moments in milliseconds; 0 stands for none. */
function encodePack({ storedBytes, nodeCount, createdAt, state, condemnedAt }: Pack): Buffer {
  const value = Buffer.alloc(1 + 8 + 4 + 8 + 8);
  value[0] = STATES.indexOf(state);
  value.writeDoubleLE(storedBytes, 1);
  value.writeUInt32LE(nodeCount, 9);
  value.writeDoubleLE(createdAt.getTime(), 13);
  value.writeDoubleLE(condemnedAt?.getTime() ?? 0, 21);
  return value;
}

function decodePack(value: Buffer): Pack {
  const condemnedAt = value.readDoubleLE(21);
  return {
    state: STATES[value[0]!]!,
    storedBytes: value.readDoubleLE(1),
    nodeCount: value.readUInt32LE(9),
    createdAt: new Date(value.readDoubleLE(13)),
    condemnedAt: condemnedAt === 0 ? null : new Date(condemnedAt),
  };
}
