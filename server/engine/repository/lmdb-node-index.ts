import { open, type RootDatabase } from "lmdb";
import type { NodeIndex, NodeLocation, PackRecord } from "./node-index";
import { PACK_ID_BYTES } from "./pack";

const VALUE_BYTES = PACK_ID_BYTES + 4 + 4 + 4;

/**
 * The index in a local LMDB file: id -> pack id, offset, stored length, content length. Close it when done. It can be
 * deleted and rebuilt from the packs.
 */
export class LmdbNodeIndex implements NodeIndex {
  readonly #db: RootDatabase<Buffer, Buffer>;

  constructor(path: string) {
    this.#db = open<Buffer, Buffer>({ path, encoding: "binary", keyEncoding: "binary", noSubdir: true });
  }

  async lookup(ids: Buffer[]): Promise<Map<string, NodeLocation>> {
    const found = new Map<string, NodeLocation>();
    for (const id of ids) {
      const value = this.#db.getBinary(id);
      if (value) found.set(id.toString("hex"), decode(value));
    }
    return found;
  }

  async record({ packId, nodes }: PackRecord): Promise<void> {
    await this.#db.transaction(() => {
      for (const { nodeId, ...place } of nodes) void this.#db.put(nodeId, encode({ packId, ...place }));
    });
    await this.#db.flushed;
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

function encode({ packId, offset, storedBytes, contentBytes }: NodeLocation): Buffer {
  const value = Buffer.alloc(VALUE_BYTES);
  packId.copy(value);
  value.writeUInt32LE(offset, PACK_ID_BYTES);
  value.writeUInt32LE(storedBytes, PACK_ID_BYTES + 4);
  value.writeUInt32LE(contentBytes, PACK_ID_BYTES + 8);
  return value;
}

function decode(value: Buffer): NodeLocation {
  return {
    packId: Buffer.from(value.subarray(0, PACK_ID_BYTES)),
    offset: value.readUInt32LE(PACK_ID_BYTES),
    storedBytes: value.readUInt32LE(PACK_ID_BYTES + 4),
    contentBytes: value.readUInt32LE(PACK_ID_BYTES + 8),
  };
}
