import { isDomainError, type DomainError } from "@/server/platform/errors/domain-error";
import type { RepositoryWriter } from "../repository";

/** True for an old node that cannot be read, so that what it holds must come from the source again. */
export function isDamage(error: unknown): error is DomainError {
  return isDomainError(error, "NODE_MISSING") || isDomainError(error, "NODE_CORRUPT");
}

/**
 * What was found damaged in the repository while a snapshot compared with an older one. Those collections are read
 * whole, and nothing of the damaged places counts as stored, so that the new snapshot does not rest on them.
 */
export class Damage {
  readonly #errors: DomainError[] = [];
  readonly #namespaces = new Set<string>();

  /** `namespace` is null where it is unknown which collections need the damaged node. */
  note(error: DomainError, namespace: string | null): void {
    this.#errors.push(error);
    if (namespace !== null) this.#namespaces.add(namespace);
  }

  get isFound(): boolean {
    return this.#errors.length > 0;
  }

  affects(namespace: string): boolean {
    return this.#namespaces.has(namespace);
  }

  /** Tells a writer what it must store again although the index knows it. */
  tell(writer: RepositoryWriter): void {
    for (const { params } of this.#errors) {
      writer.distrust({ nodeId: textOrNull(params.nodeId), packId: textOrNull(params.packId) });
    }
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
