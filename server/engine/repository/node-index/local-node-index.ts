import { open, type Database, type RootDatabase } from "lmdb";
import type { NodeIndex, NodeLocation, PackRecord } from "./node-index";
import { PACK_ID_BYTES } from "../pack";

const NODE_ID_BYTES = 32;
const PLACE_BYTES = 4 + 4 + 4;
const MAP_BYTES_MAX = 256 * 1024 ** 3;

/**
 * The index of the command line: what the packs' own lists say, in an LMDB file that can be deleted at any time. It knows
 * which packs it has seen, so that only new ones are read, and forgets those that are gone. A node that lies in several
 * packs has a place for each, so that losing one pack loses nothing that another one holds.
 */
export class LocalNodeIndex implements NodeIndex {
  readonly #root: RootDatabase;
  /** node id | pack id -> offset, stored length, content length. */
  readonly #nodes: Database<Buffer, Buffer>;
  /** pack id -> length of the pack, then the ids of its nodes. */
  readonly #packs: Database<Buffer, Buffer>;
  /** Places that turned out to be damaged, by pack and node in hex: any other one is better. */
  readonly #distrusted = new Set<string>();

  constructor(path: string) {
    this.#root = open({ path, noSubdir: true, maxDbs: 2, mapSize: MAP_BYTES_MAX });
    const binary = { encoding: "binary", keyEncoding: "binary" } as const;
    this.#nodes = this.#root.openDB<Buffer, Buffer>({ name: "nodes", ...binary });
    this.#packs = this.#root.openDB<Buffer, Buffer>({ name: "packs", ...binary });
  }

  async lookup(ids: Buffer[]): Promise<Map<string, NodeLocation>> {
    const found = new Map<string, NodeLocation>();
    for (const id of ids) {
      const [first, ...others] = this.placesOf(id);
      if (!first) continue;
      const name = id.toString("hex");
      const trusted = [first, ...others].find(({ packId }) => !this.#distrusted.has(placeName(packId, name)));
      found.set(name, trusted ?? first);
    }
    return found;
  }

  /** Every place of a node, in the order of pack ids. */
  placesOf(id: Buffer): NodeLocation[] {
    const places: NodeLocation[] = [];
    for (const { key, value } of this.#nodes.getRange({ start: id })) {
      if (!key.subarray(0, NODE_ID_BYTES).equals(id)) break;
      places.push(decodePlace(key.subarray(NODE_ID_BYTES), value));
    }
    return places;
  }

  /** A pack that was recorded before is forgotten first. */
  async record(pack: PackRecord): Promise<void> {
    await this.recordAll([pack]);
    await this.flush();
  }

  /** Packs that are gone are forgotten when the index is refreshed. */
  async hasGonePacks(): Promise<boolean> {
    return false;
  }

  /** Many packs, all or none, three times as fast as one after the other; durable after the next flush(). */
  async recordAll(packs: readonly PackRecord[]): Promise<void> {
    await this.#root.transaction(() => {
      for (const pack of packs) {
        const { packId, nodes } = pack;
        this.#forget(packId);
        for (const node of nodes) void this.#nodes.put(Buffer.concat([node.nodeId, packId]), encodePlace(node));
        void this.#packs.put(packId, encodePack(pack));
      }
    });
  }

  /** What is recorded is on disk. */
  async flush(): Promise<void> {
    await this.#root.flushed;
  }

  /** Packs that were recorded, with their length, by id in hex. */
  knownPacks(): Map<string, number> {
    const known = new Map<string, number>();
    for (const { key, value } of this.#packs.getRange({})) known.set(key.toString("hex"), value.readDoubleLE(0));
    return known;
  }

  /** Every place of every node. */
  *places(): Generator<{ nodeId: Buffer; place: NodeLocation }> {
    for (const { key, value } of this.#nodes.getRange({})) {
      const nodeId = Buffer.from(key.subarray(0, NODE_ID_BYTES));
      yield { nodeId, place: decodePlace(key.subarray(NODE_ID_BYTES), value) };
    }
  }

  /** Removes a pack and all its places. */
  async forget(packId: Buffer): Promise<void> {
    await this.#root.transaction(() => this.#forget(packId));
  }

  #forget(packId: Buffer): void {
    const value = this.#packs.getBinary(packId);
    if (!value) return;
    for (const id of splitIds(Buffer.from(value.subarray(8)))) void this.#nodes.remove(Buffer.concat([id, packId]));
    void this.#packs.remove(packId);
  }

  /** From now on this process takes the node from another pack where there is one. False when there is none. */
  distrust(id: Buffer, packId: Buffer): boolean {
    const name = id.toString("hex");
    this.#distrusted.add(placeName(packId, name));
    return this.placesOf(id).some((place) => !this.#distrusted.has(placeName(place.packId, name)));
  }

  async close(): Promise<void> {
    await this.#root.close();
  }
}

function placeName(packId: Buffer, node: string): string {
  return `${packId.toString("hex")}${node}`;
}

function encodePlace({ offset, storedBytes, contentBytes }: Omit<NodeLocation, "packId">): Buffer {
  const value = Buffer.alloc(PLACE_BYTES);
  value.writeUInt32LE(offset, 0);
  value.writeUInt32LE(storedBytes, 4);
  value.writeUInt32LE(contentBytes, 8);
  return value;
}

function decodePlace(packId: Buffer, value: Buffer): NodeLocation {
  return {
    packId: Buffer.from(packId.subarray(0, PACK_ID_BYTES)),
    offset: value.readUInt32LE(0),
    storedBytes: value.readUInt32LE(4),
    contentBytes: value.readUInt32LE(8),
  };
}

function encodePack({ storedBytes, nodes }: PackRecord): Buffer {
  const length = Buffer.alloc(8);
  length.writeDoubleLE(storedBytes, 0);
  return Buffer.concat([length, ...nodes.map(({ nodeId }) => nodeId)]);
}

function splitIds(ids: Buffer): Buffer[] {
  return Array.from({ length: ids.length / NODE_ID_BYTES }, (_, at) =>
    ids.subarray(at * NODE_ID_BYTES, (at + 1) * NODE_ID_BYTES),
  );
}
