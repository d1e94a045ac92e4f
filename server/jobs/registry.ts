import type { RunKind } from "@/server/platform/db";
import type { RunHandler } from "./run-handler";

/** Kind of run -> what works on it. Loaded by the worker alone: handlers bring the engine with them. */
const handlers: Record<RunKind, () => Promise<RunHandler>> = {
  SNAPSHOT_TAKE: async () => (await import("./handlers/take-snapshot")).takeSnapshotHandler,
  SNAPSHOT_VERIFY: async () => (await import("./handlers/verify-snapshot")).verifySnapshotHandler,
  RESTORE: async () => (await import("./handlers/run-restore")).runRestoreHandler,
};

export function loadHandler(kind: RunKind): Promise<RunHandler> {
  return handlers[kind]();
}
