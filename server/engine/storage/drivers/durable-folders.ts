import { mkdir, open, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { errorCode } from "./filesystem-errors";

/** Forces the entries of a folder to disk: a file's name lies in its folder, and is lost with that in a power cut. */
export type SyncFolder = (folder: string) => Promise<void>;

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * What a file system answers that cannot sync a folder (autofs, some FUSE), or does not let us open it. It is borne above
 * the storage's own folder alone, where others made what is there.
 */
const CANNOT_SYNC = ["EACCES", "EPERM", "EINVAL", "ENOTSUP", "EROFS"];

/**
 * Makes the folders of a storage durable: each is there and forced into its parent, from the top down, before anything
 * is put into it. So of folders that a killed process made, the lowest alone may not be durable yet. Each folder costs
 * one sync for as long as the store is open, whoever made it.
 */
export class DurableFolders {
  readonly #root: string;
  readonly #sync: SyncFolder;
  /** Holds a folder from its first use on; one that failed is left out again, as nothing is known of it. */
  readonly #made = new Map<string, Promise<void>>();

  constructor(root: string, sync: SyncFolder) {
    this.#root = resolve(root);
    this.#sync = sync;
  }

  /**
   * Resolves when the folder (the storage's own, or one below it) is there and durable, whoever began to make it. Rejects
   * with the system's error; safe to call again.
   */
  ensure(folder: string): Promise<void> {
    const begun = this.#made.get(folder);
    if (begun) return begun;
    const making = this.#make(folder).catch((error: unknown) => {
      this.#made.delete(folder);
      throw error;
    });
    this.#made.set(folder, making);
    return making;
  }

  /** Makes a folder below the storage's own, and those between, be looked after anew: somebody has removed it. */
  forget(folder: string): void {
    for (let at = folder; at.length > this.#root.length; at = dirname(at)) this.#made.delete(at);
  }

  async #make(folder: string): Promise<void> {
    const parent = dirname(folder);
    if (parent === folder) return;
    const isInside = folder.length > this.#root.length;
    if (isInside || !(await isThere(folder))) await this.ensure(parent);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.#sync(parent).catch((error: unknown) => {
      if (isInside || !CANNOT_SYNC.includes(errorCode(error) ?? "")) throw error;
    });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
