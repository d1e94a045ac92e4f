import { fileURLToPath } from "node:url";
import { DomainError } from "@/server/platform/errors/domain-error";
import { FilesystemStore } from "./drivers/filesystem";
import type { ObjectStore } from "./storage";

/** Drivers by the scheme of their URL. A scheme once written into an installation's rows stays readable. */
const DRIVERS: Record<string, (url: URL) => Promise<ObjectStore>> = {
  "file:": (url) => FilesystemStore.open(fileURLToPath(url)),
};

/**
 * Opens the object store that a URL names, `file:///var/backups` for a folder (made when absent). Throws
 * VALIDATION_ERROR for a URL that no driver reads, STORAGE_UNAVAILABLE when the place cannot be used.
 */
export async function openObjectStore(url: string): Promise<ObjectStore> {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const open = parsed && DRIVERS[parsed.protocol];
  if (!open) throw new DomainError("VALIDATION_ERROR", { message: "no storage driver reads this URL" });
  return open(parsed);
}
