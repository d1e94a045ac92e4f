import { isDomainError } from "@/server/platform/errors/domain-error";
import { prefetch } from "../../tree/prefetch";
import type { PackRecord } from "./node-index";
import { listPacks } from "../pack";
import type { Repository } from "../repository";

const LISTS_AT_ONCE = 24;

/** A pack whose own list cannot be used. Its nodes may be well; without the list nobody knows where they are. */
export interface DamagedPack {
  packId: string;
  bytes: number;
  code: string;
  message: string;
}

export type PackFinding =
  | { kind: "listed"; pack: PackRecord }
  | { kind: "kept"; packId: Buffer; bytes: number }
  | { kind: "damaged"; pack: DamagedPack };

/**
 * Looks at every pack in the storage, several at a time, and reads its list unless `keep` says that it is known already.
 * Findings come in the order of pack ids. A pack that goes meanwhile is left out. Throws STORAGE_UNAVAILABLE and the
 * signal's reason.
 */
export async function* surveyPacks(
  repository: Repository,
  options: { signal?: AbortSignal; keep?: (packId: string, bytes: number) => boolean },
): AsyncGenerator<PackFinding> {
  const findings = prefetch(listPacks(repository.store), {
    limitBytes: LISTS_AT_ONCE,
    weigh: () => 1,
    start: ({ packId, bytes }) => look(repository, packId, bytes, options.keep),
  });
  for await (const finding of findings) {
    options.signal?.throwIfAborted();
    if (finding) yield finding;
  }
}

async function look(
  repository: Repository,
  packId: Buffer,
  bytes: number,
  keep: ((packId: string, bytes: number) => boolean) | undefined,
): Promise<PackFinding | null> {
  const name = packId.toString("hex");
  if (keep?.(name, bytes)) return { kind: "kept", packId, bytes };
  try {
    return { kind: "listed", pack: await repository.readPackList(packId, bytes) };
  } catch (error) {
    if (isDomainError(error, "STORAGE_OBJECT_NOT_FOUND")) return null;
    if (!isDomainError(error, "PACK_CORRUPT")) throw error;
    return { kind: "damaged", pack: { packId: name, bytes, code: error.code, message: error.message } };
  }
}
