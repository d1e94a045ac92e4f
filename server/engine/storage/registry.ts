import { fileURLToPath } from "node:url";
import { DomainError } from "@/server/platform/errors/domain-error";
import { FilesystemStore } from "./drivers/filesystem";
import type { ObjectStore } from "./storage";
import { RetryingStore } from "./wrappers/retrying";

/** Drivers by the scheme of their URL. A scheme once written into an installation's rows stays readable. */
const DRIVERS: Record<string, (url: URL) => ObjectStore> = {
  "file:": (url) => new FilesystemStore(fileURLToPath(url)),
};

/**
 * The object store that a URL names, `file:///var/backups` for a folder (made at the first put), with retries. Throws
 * VALIDATION_ERROR for a URL that no driver reads.
 */
export function openObjectStore(url: string): ObjectStore {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const open = parsed && DRIVERS[parsed.protocol];
  if (!open) throw new DomainError("VALIDATION_ERROR", { message: "no storage driver reads this URL" });
  return new RetryingStore(open(parsed));
}
