import { DomainError } from "@/server/platform/errors/domain-error";
import { WrappedStore } from "./wrapped";

/** Lets reads through and refuses every change with STORAGE_READ_ONLY. */
export class ReadOnlyStore extends WrappedStore {
  override put(name: string): Promise<void> {
    return Promise.reject(refusal(name));
  }

  override delete(name: string): Promise<void> {
    return Promise.reject(refusal(name));
  }

  override extendLock(name: string): Promise<void> {
    return Promise.reject(refusal(name));
  }
}

function refusal(name: string): DomainError {
  return new DomainError("STORAGE_READ_ONLY", { message: "the storage was opened for reading", params: { name } });
}
