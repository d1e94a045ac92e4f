import { move } from "piscina";
import { nodeIdOf, seal, unseal, UnsealError, type SealContext } from "./sealed";
import { loadZstd } from "./zstd";

/**
 * What runs on the worker threads of codec-pool.ts: compressing and encrypting nodes, and the way back with the check of
 * their ids. It imports only its neighbours, by relative paths, because it is loaded from source by tsx and from a bundle.
 */
export type CodecTask = SealTask | UnsealTask;

export interface SealTask {
  readonly content: Uint8Array;
  readonly context: SealContext;
  readonly encryptionKey: Uint8Array;
}

export interface UnsealTask {
  readonly sealed: Uint8Array;
  readonly contentBytes: number;
  readonly nodeId: Uint8Array;
  readonly context: SealContext;
  readonly encryptionKey: Uint8Array;
  readonly idKey: Uint8Array;
}

/** The result's bytes, moved to the asking thread, or words for what is wrong with the input. */
export type CodecResult = Uint8Array | string;

const zstd = await loadZstd();

/** Runs one task; errors of our own making (not of the input) are thrown. */
export default function run(task: CodecTask): CodecResult {
  if ("content" in task) return moved(seal(zstd, task.encryptionKey, task.context, task.content));
  try {
    const content = unseal(zstd, task.encryptionKey, task.context, task.sealed, task.contentBytes);
    return nodeIdOf(task.idKey, content).equals(task.nodeId) ? moved(content) : "its content does not have its id";
  } catch (error) {
    if (error instanceof UnsealError) return error.message;
    throw error;
  }
}

/** Small buffers share memory with others (Node's pool) and are copied; the rest changes threads without a copy. */
function moved(bytes: Uint8Array): Uint8Array {
  const own = bytes.length === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
  return move(own) as Uint8Array;
}
