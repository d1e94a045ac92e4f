import { DomainError } from "@/server/platform/errors/domain-error";
import { runCodecTask, withOwnMemory } from "./codec-pool";
import type { RepositoryKeys } from "./keys/keys";
import type { NodeLocation } from "./node-index/node-index";
import { nodeIdOf, type SealContext } from "./sealed";

/** Nodes of one repository, to their stored form and back. The heavy part runs on worker threads. */
export class NodeCodec {
  readonly #idKey: Uint8Array;
  readonly #encryptionKey: Uint8Array;
  readonly #repositoryId: Buffer;

  constructor(keys: RepositoryKeys, repositoryId: string) {
    // Copies: a view would take the memory it lies in along to each thread.
    this.#idKey = Uint8Array.from(keys.idKey);
    this.#encryptionKey = Uint8Array.from(keys.encryptionKey);
    this.#repositoryId = Buffer.from(repositoryId, "hex");
  }

  idOf(content: Buffer): Buffer {
    return nodeIdOf(this.#idKey, content);
  }

  /** Compresses and encrypts; takes `content` over. */
  async seal(id: Buffer, content: Buffer): Promise<Buffer> {
    const own = withOwnMemory(content);
    const task = { content: own, context: this.#context(id), encryptionKey: this.#encryptionKey };
    return toBuffer(await runCodecTask(task, own), id);
  }

  /** Decrypts, decompresses and checks the id. Throws NODE_CORRUPT naming node and pack. */
  async unseal(id: Buffer, stored: Buffer, location: NodeLocation): Promise<Buffer> {
    // A copy always: what was read is one piece for many nodes.
    const sealed = Buffer.allocUnsafeSlow(stored.length);
    stored.copy(sealed);
    const task = {
      sealed,
      contentBytes: location.contentBytes,
      nodeId: Uint8Array.from(id),
      context: this.#context(id),
      encryptionKey: this.#encryptionKey,
      idKey: this.#idKey,
    };
    return toBuffer(await runCodecTask(task, sealed), id, location.packId);
  }

  #context(id: Buffer): SealContext {
    return { kind: "node", identity: Uint8Array.from(Buffer.concat([this.#repositoryId, id])) };
  }
}

function toBuffer(result: Uint8Array | string, id: Buffer, packId?: Buffer): Buffer {
  if (typeof result === "string") throw nodeCorrupt(id, result, packId);
  return Buffer.from(result.buffer, result.byteOffset, result.length);
}

export function nodeCorrupt(id: Buffer, what: string, packId?: Buffer, cause?: unknown): DomainError {
  const params = { nodeId: id.toString("hex"), packId: packId?.toString("hex") ?? null };
  const where = params.packId ? ` in pack ${params.packId}` : "";
  return new DomainError("NODE_CORRUPT", { message: `node ${params.nodeId}${where}: ${what}`, params, cause });
}

export function nodeGone(id: Buffer, packId: Buffer, cause?: unknown): DomainError {
  return nodeMissing(id, `its pack ${packId.toString("hex")} is gone`, packId, cause);
}

export function nodeMissing(id: Buffer, what: string, packId?: Buffer, cause?: unknown): DomainError {
  const params = { nodeId: id.toString("hex"), packId: packId?.toString("hex") ?? null };
  return new DomainError("NODE_MISSING", { message: `node ${params.nodeId}: ${what}`, params, cause });
}
