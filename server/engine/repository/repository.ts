import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { readObject, type ObjectStore } from "../storage";
import { DEFAULT_TREE_SHAPE, type NodeReader, type NodeWriter, type TreeShape } from "../tree";
import { decodeHeader, encodeHeader, HEADER_NAME, type RepositoryHeader } from "./keys/header";
import { encodeEnvelope, envelopeName, type KeyWrapper } from "./keys/key-envelope";
import { assertKeys, type RepositoryKeys } from "./keys/keys";
import { assertTreeKnown } from "./known-nodes";
import type { SnapshotManifest } from "./manifest";
import { rootNames, rootsOf } from "./manifest-roots";
import { decodeManifest, encodeManifest, MANIFEST_BYTES_MAX } from "./manifest-codec";
import { NodeCodec } from "./node-codec";
import type { NodeIndex, PackRecord } from "./node-index/node-index";
import { readPackIndex, type PackSecrets } from "./pack";
import { RepositoryReader } from "./reader";
import { readHeaderObject, unlockKeys } from "./keys/unlock-keys";
import { verifySnapshot, type VerifyProgress, type VerifyReport } from "./check/verify";
import { DEFAULT_WRITER_OPTIONS, RepositoryWriter, type WriterOptions } from "./writer";
import { loadZstd } from "./zstd";

const MANIFEST_PREFIX = "manifests/";
const ID = /^[0-9a-f]{24}$/;

export interface OpenRepository {
  readonly store: ObjectStore;
  readonly index: NodeIndex;
  readonly keys: RepositoryKeys;
}

/** What seals and opens nodes and packs, for those in this folder that move stored nodes. */
export interface RepositoryCodecs {
  readonly codec: NodeCodec;
  readonly secrets: PackSecrets;
}

/**
 * A repository: nodes in packs, manifests, and a header, in one object store; docs/repository-format.md describes every
 * byte. Order of writing, always: packs, then the index, then the manifest. What a crash leaves is garbage, never a
 * manifest without its nodes. Everything stored is immutable. One instance serves any number of readers and writers.
 */
export class Repository {
  readonly id: string;
  /** Node sizes of all trees in here; roots compare only between equal shapes. */
  readonly shape: TreeShape;
  readonly #store: ObjectStore;
  readonly #index: NodeIndex;
  readonly #codec: NodeCodec;
  readonly #secrets: PackSecrets;
  readonly #reader: RepositoryReader;

  private constructor(options: OpenRepository, header: RepositoryHeader, secrets: PackSecrets) {
    this.id = header.repositoryId;
    this.shape = header.shape;
    this.#store = options.store;
    this.#index = options.index;
    this.#codec = new NodeCodec(options.keys, header.repositoryId);
    this.#secrets = secrets;
    this.#reader = new RepositoryReader(this.#store, this.#index, this.#codec);
  }

  /**
   * Makes a repository in an empty place: the header, then the envelope that lets `wrapWith` open it. `id` is 24 hex
   * digits. Throws STORAGE_OBJECT_EXISTS where there is one already, REPOSITORY_KEY_WRONG for keys that are not 32 bytes.
   */
  static async create(
    options: OpenRepository & { id: string; wrapWith: KeyWrapper; shape?: TreeShape },
  ): Promise<Repository> {
    assertKeys(options.keys);
    if (!ID.test(options.id))
      throw new DomainError("VALIDATION_ERROR", { message: "a repository id has 24 hex digits" });
    const header = { repositoryId: options.id, shape: options.shape ?? DEFAULT_TREE_SHAPE };
    await options.store.put(HEADER_NAME, encodeHeader(header, options.keys), { ifNoneMatch: true });
    const envelope = encodeEnvelope(options.wrapWith, { ...header, keys: options.keys });
    await options.store.put(envelopeName(options.wrapWith), envelope);
    return Repository.#with(options, header);
  }

  /** Throws REPOSITORY_NOT_FOUND, REPOSITORY_FORMAT_UNKNOWN, REPOSITORY_KEY_WRONG. */
  static async open(options: OpenRepository): Promise<Repository> {
    assertKeys(options.keys);
    return Repository.#with(options, decodeHeader(await readHeaderObject(options.store), options.keys));
  }

  /**
   * Opens a repository with an installation key alone: its envelope holds the keys. Throws what `open` throws, with
   * REPOSITORY_KEY_WRONG when no envelope fits the key, and KEY_ENVELOPE_CORRUPT.
   */
  static async openWithKey(options: Omit<OpenRepository, "keys"> & { wrapper: KeyWrapper }): Promise<Repository> {
    const { wrapper, ...place } = options;
    const { header, keys } = await unlockKeys(place.store, wrapper);
    return Repository.#with({ ...place, keys }, header);
  }

  static async #with(options: OpenRepository, header: RepositoryHeader): Promise<Repository> {
    const { encryptionKey } = options.keys;
    const secrets = { zstd: await loadZstd(), encryptionKey, repositoryId: header.repositoryId };
    return new Repository(options, header, secrets);
  }

  /** The objects themselves, for what looks at them rather than at nodes: checks, statistics, a local index. */
  get store(): ObjectStore {
    return this.#store;
  }

  get index(): NodeIndex {
    return this.#index;
  }

  /** A pack's own list of its nodes. Throws PACK_CORRUPT, STORAGE_OBJECT_NOT_FOUND, STORAGE_UNAVAILABLE. */
  readPackList(packId: Buffer, packBytes: number): Promise<PackRecord> {
    return readPackIndex(this.#store, this.#secrets, packId, packBytes);
  }

  /** A writer for one run. Nothing is durable before its flush(). */
  writer(options: Partial<WriterOptions> = {}): RepositoryWriter {
    const deps = { store: this.#store, index: this.#index, codec: this.#codec, secrets: this.#secrets };
    return new RepositoryWriter(deps, { ...DEFAULT_WRITER_OPTIONS, ...options });
  }

  /** Always the same reader, so that the inner nodes it keeps decoded serve everybody. */
  reader(): NodeReader {
    return this.#reader;
  }

  /** Works out ids without storing anything: for canonical roots. */
  hasher(): NodeWriter {
    return { write: async (content) => this.#codec.idOf(content) };
  }

  /**
   * Stores a manifest, which makes the snapshot exist. Only after the writer's flush: throws NODE_MISSING when the
   * index lacks any node of it, or knows it to be gone with its pack. Roots that `basedOn` (an older manifest here) has too
   * are not walked again while no pack is gone. `assertHeld`
   * throws when the caller's work is no longer its own (RUN_LEASE_LOST): nobody waits for its nodes any more, so the
   * manifest is not written, or removed again.
   */
  async writeManifest(
    manifest: SnapshotManifest,
    options: { basedOn?: string; assertHeld?: () => Promise<void> } = {},
  ): Promise<string> {
    const isOlderWhole = options.basedOn !== undefined && !(await this.#index.hasGonePacks());
    const trusted = new Set(isOlderWhole ? rootNames(await this.readManifest(options.basedOn!)) : []);
    for (const root of rootsOf(manifest)) {
      if (root.id && !trusted.has(root.id.toString("hex"))) await assertTreeKnown(this.#reader, this.#index, root);
    }
    const manifestId = newId();
    const object = encodeManifest(this.#secrets, manifestId, manifest);
    await options.assertHeld?.();
    await this.#store.put(MANIFEST_PREFIX + manifestId, object, { ifNoneMatch: true });
    try {
      await options.assertHeld?.();
    } catch (error) {
      // Where this fails too, the manifest is one of a killed try, which clean-up finds.
      await this.deleteManifest(manifestId).catch(() => undefined);
      throw error;
    }
    return manifestId;
  }

  /** Throws MANIFEST_NOT_FOUND, MANIFEST_CORRUPT, REPOSITORY_FORMAT_UNKNOWN. */
  async readManifest(manifestId: string): Promise<SnapshotManifest> {
    const name = manifestName(manifestId);
    const object = await readObject(this.#store, name, undefined, MANIFEST_BYTES_MAX).catch((cause: unknown) => {
      throw isDomainError(cause, "STORAGE_OBJECT_NOT_FOUND") ? manifestNotFound(manifestId, cause) : cause;
    });
    return decodeManifest(this.#secrets, manifestId, object);
  }

  /**
   * Throws NODE_MISSING, with the pack's id, when a node of this snapshot is known to be gone with its pack, and what reading inner
   * nodes throws. While no pack is gone nothing is read.
   */
  async assertNothingGone(manifest: SnapshotManifest): Promise<void> {
    if (!(await this.#index.hasGonePacks())) return;
    for (const root of rootsOf(manifest)) await assertTreeKnown(this.#reader, this.#index, root);
  }

  /** Ids of all manifests, oldest first. */
  async *listManifests(): AsyncGenerator<string> {
    for await (const { name } of this.#store.list(MANIFEST_PREFIX)) {
      const manifestId = name.slice(MANIFEST_PREFIX.length);
      if (ID.test(manifestId)) yield manifestId;
    }
  }

  /** Removes a manifest; none of that id is not an error. Its nodes stay: others may share them. */
  async deleteManifest(manifestId: string): Promise<void> {
    await this.#store.delete(manifestName(manifestId));
  }

  /**
   * Reads every node of a snapshot and checks hashes, order, bounds, counts and documents. Damage is in the report;
   * thrown are the readManifest errors, STORAGE_UNAVAILABLE and the signal's reason.
   */
  async verify(
    manifestId: string,
    options: { signal: AbortSignal; onProgress?: (progress: VerifyProgress) => void },
  ): Promise<VerifyReport> {
    const canonical = { hasher: this.hasher(), shape: this.shape };
    return verifySnapshot(this.#reader, await this.readManifest(manifestId), { ...options, ...canonical });
  }

  /** For garbage collection, which moves nodes between packs. */
  codecs(): RepositoryCodecs {
    return { codec: this.#codec, secrets: this.#secrets };
  }
}

function manifestName(manifestId: string): string {
  if (!ID.test(manifestId)) throw manifestNotFound(manifestId);
  return MANIFEST_PREFIX + manifestId;
}

function manifestNotFound(manifestId: string, cause?: unknown): DomainError {
  return new DomainError("MANIFEST_NOT_FOUND", { message: `no manifest ${manifestId}`, params: { manifestId }, cause });
}
