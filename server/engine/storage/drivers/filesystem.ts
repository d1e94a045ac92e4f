import { randomUUID } from "node:crypto";
import { link, lstat, mkdir, open, readdir, rename, rm, stat, unlink, type FileHandle } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { DomainError } from "@/server/platform/errors/domain-error";
import {
  assertObjectName,
  contentPieces,
  lockUnsupported,
  objectExists,
  objectNotFound,
  READ_PIECE_BYTES,
  type ByteRange,
  type ObjectContent,
  type ObjectFacts,
  type ObjectStore,
  type PutOptions,
} from "../storage";
import { DurableFolders, syncFolder, type SyncFolder } from "./durable-folders";
import { errorCode, storageError } from "./filesystem-errors";

/** Begins with a dot, so that no object can have this name and no list shows what lies in it. */
const TEMPORARY = ".tmp";
const TEMPORARY_AGE_MS_MAX = 24 * 60 * 60 * 1000;
/** What randomUUID gives: the names of our own temporary files. */
const RANDOM_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Objects as files under one folder. A put writes a file of its own under `.tmp`, forces it to disk, moves it to its
 * name in one step and forces the folder to disk. What a killed writer leaves under `.tmp` is removed a day later;
 * nothing else there is touched.
 */
export class FilesystemStore implements ObjectStore {
  readonly kind = "filesystem";
  readonly root: string;
  readonly #sync: SyncFolder;
  readonly #folders: DurableFolders;
  #ready: Promise<void> | null = null;

  /** The folder is made (readable by its owner alone) at the first put. `sync` takes the place of the system's own. */
  constructor(root: string, sync: SyncFolder = syncFolder) {
    this.root = resolve(root);
    this.#sync = sync;
    this.#folders = new DurableFolders(this.root, sync);
  }

  async put(name: string, content: ObjectContent, options: PutOptions = {}): Promise<void> {
    assertObjectName(name);
    if (options.lock) throw lockUnsupported(this.kind);
    const temporary = join(this.root, TEMPORARY, randomUUID());
    try {
      if (options.ifNoneMatch && (await this.head(name))) throw await this.#existing(name);
      await this.#prepare();
      await writeDurably(temporary, content);
      await this.#place(temporary, name, options.ifNoneMatch ?? false);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw storageError(error, name);
    }
  }

  async *get(name: string, range?: ByteRange): AsyncGenerator<Buffer> {
    assertObjectName(name);
    const file = await this.#openForReading(name);
    try {
      let at = range?.offset ?? 0;
      const end = range ? range.offset + range.length : Number.MAX_SAFE_INTEGER;
      while (at < end) {
        const piece = Buffer.allocUnsafeSlow(Math.min(READ_PIECE_BYTES, end - at));
        const { bytesRead } = await file.read(piece, 0, piece.length, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield bytesRead === piece.length ? piece : piece.subarray(0, bytesRead);
      }
    } catch (error) {
      throw storageError(error, name);
    } finally {
      await file.close();
    }
  }

  async head(name: string): Promise<ObjectFacts | null> {
    assertObjectName(name);
    try {
      const facts = await stat(join(this.root, name));
      return facts.isFile() ? { name, bytes: facts.size } : null;
    } catch (error) {
      if (isAbsent(error)) return null;
      throw storageError(error, name);
    }
  }

  async *list(prefix: string): AsyncGenerator<ObjectFacts> {
    const slash = prefix.lastIndexOf("/");
    yield* this.#walk(slash < 0 ? "" : prefix.slice(0, slash + 1), prefix);
  }

  async delete(name: string): Promise<void> {
    assertObjectName(name);
    const path = join(this.root, name);
    try {
      await unlink(path).catch(ignoreAbsent);
      // Also where there was nothing: an earlier try may have removed it, and its sync failed.
      await this.#sync(dirname(path)).catch(ignoreAbsent);
    } catch (error) {
      throw storageError(error, name);
    }
  }

  extendLock(): Promise<void> {
    return Promise.reject(lockUnsupported(this.kind));
  }

  #prepare(): Promise<void> {
    this.#ready ??= this.#folders
      .ensure(this.root)
      .then(() => prepareTemporary(join(this.root, TEMPORARY)))
      .catch((error: unknown) => {
        this.#ready = null;
        throw error;
      });
    return this.#ready;
  }

  /** Moves a file that is on disk to its name, and resolves when the name is on disk as well. */
  async #place(temporary: string, name: string, isNew: boolean): Promise<void> {
    const path = join(this.root, name);
    await this.#folders.ensure(dirname(path));
    try {
      if (isNew) await link(temporary, path);
      else await rename(temporary, path);
    } catch (error) {
      if (isNew && errorCode(error) === "EEXIST") throw await this.#existing(name);
      if (isAbsent(error)) this.#folders.forget(dirname(path));
      throw error;
    }
    await this.#sync(dirname(path));
    if (isNew) await rm(temporary, { force: true }).catch(() => undefined);
  }

  /**
   * The refusal to replace an object, once its name is on disk: it may be there from an earlier try whose sync failed, and
   * the caller who finds his own content there takes that for stored.
   */
  async #existing(name: string): Promise<DomainError> {
    const folder = dirname(join(this.root, name));
    await this.#folders.ensure(folder);
    await this.#sync(folder);
    return objectExists(name);
  }

  async #openForReading(name: string): Promise<FileHandle> {
    try {
      const file = await open(join(this.root, name), "r");
      if ((await file.stat()).isFile()) return file;
      await file.close();
    } catch (error) {
      if (!isAbsent(error)) throw storageError(error, name);
    }
    throw objectNotFound(name);
  }

  /** `folder` is empty or ends with a slash. Folders sort with their slash, so names come out in order. */
  async *#walk(folder: string, prefix: string): AsyncGenerator<ObjectFacts> {
    const entries = await readdir(join(this.root, folder), { withFileTypes: true }).catch((error: unknown) => {
      if (isAbsent(error)) return [];
      throw storageError(error, folder);
    });
    const names = entries
      .filter((entry) => !entry.name.startsWith(".") && (entry.isDirectory() || entry.isFile()))
      .map((entry) => folder + entry.name + (entry.isDirectory() ? "/" : ""))
      .filter((name) => name.startsWith(prefix) || (name.endsWith("/") && prefix.startsWith(name)))
      .sort();
    for (const name of names) {
      if (name.endsWith("/")) yield* this.#walk(name, prefix);
      else {
        const facts = await this.head(name);
        if (facts) yield facts;
      }
    }
  }
}

async function writeDurably(path: string, content: ObjectContent): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    for await (const piece of contentPieces(content)) {
      for (let at = 0; at < piece.length;) at += (await file.write(piece, at)).bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Throws STORAGE_REFUSED for a folder that is a link: what lies where it leads is not ours to sweep. */
async function prepareTemporary(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await lstat(folder)).isSymbolicLink()) {
    const message = `${TEMPORARY} in the storage's folder is a symbolic link`;
    throw new DomainError("STORAGE_REFUSED", { message, params: { name: TEMPORARY, reason: "SYMBOLIC_LINK" } });
  }
  const oldest = new Date().getTime() - TEMPORARY_AGE_MS_MAX;
  for (const name of await readdir(folder)) {
    if (!RANDOM_UUID.test(name)) continue;
    const path = join(folder, name);
    const facts = await lstat(path).catch(() => null);
    if (facts?.isFile() && facts.mtimeMs < oldest) await rm(path, { force: true });
  }
}

function isAbsent(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR";
}

function ignoreAbsent(error: unknown): void {
  if (!isAbsent(error)) throw error;
}
