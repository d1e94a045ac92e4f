import { randomBytes } from "node:crypto";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { readObject, type ObjectStore } from "../../storage";
import type { CollectableIndex, IndexedPack, PlacedNode } from "../node-index/collectable-index";
import type { PackedNode } from "../node-index/node-index";
import { encodePack, PACK_HEAD_BYTES, PACK_ID_BYTES, packName } from "../pack";
import type { RepositoryCodecs } from "../repository";

interface OpenPack {
  id: Buffer;
  nodes: PackedNode[];
  stored: Buffer[];
  bytes: number;
}

export interface PackRewriterOptions {
  store: ObjectStore;
  index: CollectableIndex;
  codecs: RepositoryCodecs;
  packTargetBytes: number;
  /** Called with packs all of whose nodes are stored elsewhere by now, or could not be read. */
  onMoved(packs: IndexedPack[]): Promise<void>;
}

/**
 * Copies nodes into new packs as they are stored: a sealed node is bound to its repository and id, not to its pack. Each is
 * opened once before, so that no damage is spread; a node that cannot be opened stays where it is. Memory is that
 * of one old pack and one new one.
 */
export class PackRewriter {
  readonly #options: PackRewriterOptions;
  #open: OpenPack | null = null;
  #sources: IndexedPack[] = [];
  /** Bytes of the packs that were written. */
  storedBytes = 0;

  constructor(options: PackRewriterOptions) {
    this.#options = options;
  }

  /** `nodes` lie in `pack`. Throws what the storage and the index throw. */
  async move(pack: IndexedPack, nodes: PlacedNode[]): Promise<void> {
    for (const { node, stored } of await this.#readSound(pack, nodes)) {
      this.#open ??= { id: randomBytes(PACK_ID_BYTES), nodes: [], stored: [], bytes: 0 };
      const { nodeId, storedBytes, contentBytes } = node;
      this.#open.nodes.push({ nodeId, offset: PACK_HEAD_BYTES + this.#open.bytes, storedBytes, contentBytes });
      this.#open.stored.push(stored);
      this.#open.bytes += storedBytes;
    }
    this.#sources.push(pack);
    if (this.#open && this.#open.bytes >= this.#options.packTargetBytes) await this.finish();
  }

  /** Stores the open pack, then its places, then tells which packs are free. */
  async finish(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    if (open) {
      const { store, index, codecs } = this.#options;
      const content = encodePack(codecs.secrets, open.id, open.nodes, open.stored);
      await store.put(packName(open.id), content, { ifNoneMatch: true });
      await index.record({ packId: open.id, storedBytes: content.length, nodes: open.nodes });
      this.storedBytes += content.length;
    }
    const moved = this.#sources;
    this.#sources = [];
    await this.#options.onMoved(moved);
  }

  async #readSound(pack: IndexedPack, nodes: PlacedNode[]): Promise<Array<{ node: PlacedNode; stored: Buffer }>> {
    const start = Math.min(...nodes.map(({ offset }) => offset));
    const end = Math.max(...nodes.map(({ offset, storedBytes }) => offset + storedBytes));
    const { store, codecs } = this.#options;
    let bytes: Buffer;
    try {
      bytes = await readObject(store, packName(pack.packId), { offset: start, length: end - start });
    } catch (error) {
      if (isDomainError(error, "STORAGE_OBJECT_NOT_FOUND")) return [];
      throw error;
    }
    const read = await Promise.all(
      nodes.map(async (node) => {
        const stored = Buffer.from(bytes.subarray(node.offset - start, node.offset - start + node.storedBytes));
        return (await isSound(codecs, node, stored)) ? [{ node, stored }] : [];
      }),
    );
    return read.flat();
  }
}

async function isSound({ codec }: RepositoryCodecs, node: PlacedNode, stored: Buffer): Promise<boolean> {
  if (stored.length !== node.storedBytes) return false;
  try {
    await codec.unseal(node.nodeId, stored, node);
    return true;
  } catch (error) {
    if (isDomainError(error, "NODE_CORRUPT")) return false;
    throw error;
  }
}
