import { randomBytes } from "node:crypto";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { ObjectStore } from "../storage";
import type { NodeWriter } from "../tree";
import { ByteGate } from "./byte-gate";
import type { NodeCodec } from "./node-codec";
import { isLasting, type NodeIndex, type NodeLocation, type PackedNode } from "./node-index/node-index";
import { encodePack, PACK_HEAD_BYTES, PACK_ID_BYTES, packName, type PackSecrets } from "./pack";

export interface WriterOptions {
  /** A pack is closed when its nodes reach this size; with one huge node it gets larger. */
  readonly packTargetBytes: number;
  /** Content between write() and its pack. With two packs being stored, the writer's memory is about this plus 6 packs. */
  readonly inFlightBytesMax: number;
}

export const DEFAULT_WRITER_OPTIONS: WriterOptions = {
  packTargetBytes: 16 * 1024 * 1024,
  inFlightBytesMax: 48 * 1024 * 1024,
};

/** The largest document is 16 MiB and some; nothing a tree makes comes near. */
const NODE_BYTES_MAX = 64 * 1024 * 1024;
const LOOKUP_BATCH_MAX = 256;
/** While this many nodes are being sealed there is time to gather a batch of at least that many for the next lookup. */
const SEALING_MIN = 8;
const LOOKUP_BATCH_MIN = 32;
const UPLOADS_MAX = 2;

interface Item {
  id: Buffer;
  name: string;
  content: Buffer;
  bytes: number;
}

export interface WriterTotals {
  /** Bytes of the packs that this writer stored so far. */
  storedBytes: number;
  newNodes: number;
}

export interface WriterDeps {
  store: ObjectStore;
  index: NodeIndex;
  codec: NodeCodec;
  secrets: PackSecrets;
}

/**
 * Takes nodes, skips those that are known, and stores the rest in packs. The way of a node: id -> known? (looked up in batches,
 * one at a time) -> is its pack there? -> compressed and encrypted on a worker thread -> pack -> storage -> index. Nodes lie in
 * packs in the order of write(), whatever the threads' timing. After an error every call fails with it, and nothing that was
 * promised by flush() is lost: what is not in the index is only garbage in the storage.
 *
 * An index may come from before: a database that was restored names packs that were removed since. So the writer asks the storage
 * once for each pack that it counts on, while it looks up the next nodes. A storage that does not answer breaks it: to
 * store again what is there would take a place that does not answer either.
 */
export class RepositoryWriter implements NodeWriter {
  readonly #deps: WriterDeps;
  readonly #options: WriterOptions;
  readonly #gate: ByteGate;
  /** Written, not yet in the index: the same content again is the same node. */
  readonly #pending = new Set<string>();
  readonly #uploads = new Set<Promise<void>>();
  /** Nodes and packs, in hex, whose stored form cannot be read. */
  readonly #distrusted = new Set<string>();
  /** Lengths of packs in the storage, 0 for one that is not there: some 200 bytes for each pack that is counted on. */
  readonly #lengths = new Map<string, Promise<number>>();
  readonly #totals: WriterTotals = { storedBytes: 0, newNodes: 0 };
  #queue: Item[] = [];
  #sealing = 0;
  #worker: Promise<void> | null = null;
  #wake: (() => void) | null = null;
  #pack: { id: Buffer; nodes: PackedNode[]; stored: Buffer[]; bytes: number } | null = null;
  #failure: { error: unknown } | null = null;

  constructor(deps: WriterDeps, options: WriterOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#gate = new ByteGate(options.inFlightBytesMax);
  }

  /**
   * Takes over `content` and answers its id as soon as there is room for it, before it is stored. Several callers may
   * write at once. Throws the error that broke the writer, if one did.
   */
  async write(content: Buffer): Promise<Buffer> {
    this.#assertSound();
    if (content.length === 0 || content.length > NODE_BYTES_MAX) {
      throw new DomainError("INTERNAL", { message: `a node of ${content.length} bytes cannot be stored` });
    }
    const id = this.#deps.codec.idOf(content);
    const name = id.toString("hex");
    if (this.#pending.has(name)) return id;
    this.#pending.add(name);
    await this.#gate.enter(content.length);
    this.#assertSound();
    this.#queue.push({ id, name, content, bytes: content.length });
    this.#start();
    return id;
  }

  /**
   * Says that the stored form of a node is damaged (ids in hex): it, and whatever the index places in that pack, counts as
   * unknown when it is written from now on, and moves to where it is stored again.
   */
  distrust({ nodeId, packId }: { nodeId: string | null; packId: string | null }): void {
    for (const name of [nodeId, packId]) if (name !== null) this.#distrusted.add(name);
  }

  /** Those of these ids that `write` would store, in hex. Asked in batches of some hundred. */
  async missingOf(ids: Buffer[]): Promise<string[]> {
    const known = await this.#deps.index.lookup(ids);
    const names = ids.map((id) => id.toString("hex"));
    const stored = await Promise.all(names.map((name) => this.#isStored(name, known.get(name))));
    return names.filter((_, i) => !stored[i]);
  }

  /**
   * Makes durable what was written before the call: nodes first, then the index. Totals are of the writer's whole life.
   * May be called several times. Throws the error that broke the writer: STORAGE_FULL, STORAGE_UNAVAILABLE, …
   */
  async flush(): Promise<WriterTotals> {
    while (this.#worker) await this.#worker;
    this.#assertSound();
    if (this.#pack) await this.#closePack();
    await Promise.all(this.#uploads);
    this.#assertSound();
    return { ...this.#totals };
  }

  #assertSound(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#queue = [];
    this.#pack = null;
    this.#gate.refuseAll(this.#failure.error);
  }

  #start(): void {
    this.#wake?.();
    this.#worker ??= this.#work()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#worker = null;
        if (this.#queue.length > 0) this.#start();
      });
  }

  /** Looks up, seals and packs until nothing is left. One loop, so the order in packs is that of the queue. */
  async #work(): Promise<void> {
    let packing: Promise<void> = Promise.resolve();
    let checking: Promise<unknown> = Promise.resolve();
    // Let the caller's first nodes gather, so that the first lookup is not for one of them.
    await new Promise((done) => setImmediate(done));
    while (this.#queue.length > 0 || this.#sealing > 0) {
      if (this.#queue.length === 0 || (this.#queue.length < LOOKUP_BATCH_MIN && this.#sealing >= SEALING_MIN)) {
        await new Promise<void>((wake) => (this.#wake = wake));
        continue;
      }
      const batch = this.#queue.splice(0, LOOKUP_BATCH_MAX);
      const known = await this.#deps.index.lookup(batch.map(({ id }) => id));
      // One batch at a time, so that the storage never gets more questions at once than a batch has nodes.
      await checking;
      const stored = batch.map(({ name }) => this.#isStored(name, known.get(name)));
      // What fails is thrown where the node's turn comes.
      checking = Promise.allSettled(stored);
      const sealed = batch.map((item, i) => this.#sealUnless(stored[i]!, item));
      packing = packing.then(() => this.#packAll(batch, sealed)).catch((error: unknown) => this.#fail(error));
    }
    await packing;
  }

  async #isStored(name: string, location: NodeLocation | undefined): Promise<boolean> {
    if (!location || !isLasting(location)) return false;
    const pack = location.packId.toString("hex");
    if (this.#distrusted.has(name) || this.#distrusted.has(pack)) return false;
    if (location.offset + location.storedBytes <= (await this.#packBytes(location.packId))) return true;
    // What is stored again takes the place of what was in it.
    this.#distrusted.add(pack);
    return false;
  }

  #packBytes(packId: Buffer): Promise<number> {
    const name = packName(packId);
    const known = this.#lengths.get(name) ?? this.#deps.store.head(name).then((facts) => facts?.bytes ?? 0);
    this.#lengths.set(name, known);
    return known;
  }

  /** The node's stored form; null when it is stored. */
  #sealUnless(stored: Promise<boolean>, { id, content }: Item): Promise<Buffer | null> {
    this.#sealing += 1;
    const sealed = stored
      .then((isStored) => (isStored ? null : this.#deps.codec.seal(id, content)))
      .finally(() => {
        this.#sealing -= 1;
        this.#wake?.();
      });
    // Thrown where it is awaited, in order; until then it must not count as unhandled.
    sealed.catch(() => undefined);
    return sealed;
  }

  async #packAll(batch: Item[], sealed: Array<Promise<Buffer | null>>): Promise<void> {
    for (const [i, item] of batch.entries()) {
      const stored = await sealed[i];
      this.#assertSound();
      this.#gate.leave(item.bytes);
      if (stored) await this.#append(item, stored);
      else this.#pending.delete(item.name);
    }
  }

  async #append({ id, bytes }: Item, stored: Buffer): Promise<void> {
    this.#pack ??= { id: randomBytes(PACK_ID_BYTES), nodes: [], stored: [], bytes: 0 };
    const pack = this.#pack;
    const offset = PACK_HEAD_BYTES + pack.bytes;
    pack.nodes.push({ nodeId: id, offset, storedBytes: stored.length, contentBytes: bytes });
    pack.stored.push(stored);
    pack.bytes += stored.length;
    if (pack.bytes >= this.#options.packTargetBytes) await this.#closePack();
  }

  /** Starts storing the open pack, once fewer than UPLOADS_MAX are being stored. */
  async #closePack(): Promise<void> {
    const { id, nodes, stored } = this.#pack!;
    this.#pack = null;
    while (this.#uploads.size >= UPLOADS_MAX) await Promise.race(this.#uploads);
    this.#assertSound();
    const content = encodePack(this.#deps.secrets, id, nodes, stored);
    const upload = this.#upload(id, nodes, content)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#uploads.delete(upload));
    this.#uploads.add(upload);
  }

  async #upload(packId: Buffer, nodes: PackedNode[], content: Buffer): Promise<void> {
    await this.#deps.store.put(packName(packId), content, { ifNoneMatch: true });
    this.#lengths.set(packName(packId), Promise.resolve(content.length));
    const supersedes = this.#distrusted.size > 0;
    await this.#deps.index.record({
      packId,
      storedBytes: content.length,
      nodes,
      ...(supersedes ? { supersedes } : {}),
    });
    for (const { nodeId } of nodes) this.#pending.delete(nodeId.toString("hex"));
    this.#totals.storedBytes += content.length;
    this.#totals.newNodes += nodes.length;
  }
}
