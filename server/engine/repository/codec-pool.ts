import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { CodecResult, CodecTask } from "./node-codec-worker";

const THREADS_MAX = 8;
const IDLE_MS = 10_000;

let shared: Piscina<CodecTask, CodecResult> | null = null;

/**
 * Runs a task on the worker threads that all repositories of this process share; `transfer` are buffers that the task
 * gives away. Callers bound what they hand in by bytes: the queue itself has no limit. Threads that are idle end.
 */
export function runCodecTask(task: CodecTask, transfer: Uint8Array): Promise<CodecResult> {
  shared ??= startPool();
  return shared.run(task, { transferList: [transfer.buffer as ArrayBuffer] });
}

function startPool(): Piscina<CodecTask, CodecResult> {
  const pool = new Piscina<CodecTask, CodecResult>({
    filename: workerFile(),
    execArgv: [],
    minThreads: 1,
    maxThreads: Math.min(THREADS_MAX, availableParallelism()),
    idleTimeout: IDLE_MS,
    concurrentTasksPerWorker: 1,
    atomics: "disabled",
    recordTiming: false,
  });
  // A thread that dies outside any task (it cannot start, say): waiting tasks fail instead of waiting for ever.
  pool.on("error", () => {
    if (shared === pool) shared = null;
    void pool.destroy();
  });
  return pool;
}

/** In a bundle the worker lies beside it as a module; in the source tree it is TypeScript, which needs a loader. */
function workerFile(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const names = ["node-codec-worker.mjs", "node-codec-worker.js", "node-codec-worker.source.mjs"];
  const found = names.map((name) => join(here, name)).find(existsSync);
  if (!found) throw new DomainError("INTERNAL", { message: `no worker for nodes lies in ${here}` });
  return found;
}

/** The same bytes in memory of their own, which may be transferred to another thread. */
export function withOwnMemory(bytes: Buffer): Buffer {
  if (bytes.byteOffset === 0 && bytes.length === bytes.buffer.byteLength) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}
