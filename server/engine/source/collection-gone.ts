import { DomainError } from "@/server/platform/errors/domain-error";

/** Thrown when a name no longer stands for what the catalogue says, so that another catalogue has to be read. */
export class CollectionGone extends DomainError {
  constructor(namespace: string, cause?: unknown) {
    const message = `${namespace} was renamed, dropped or replaced before it was read to its end`;
    super("SNAPSHOT_SOURCE_CHANGED", { message, params: { namespace }, cause });
  }
}
