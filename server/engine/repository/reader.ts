import { isDomainError } from "@/server/platform/errors/domain-error";
import { readObject, type ObjectStore } from "../storage";
import type { NodeReader } from "../tree";
import { nodeCorrupt, nodeGone, nodeMissing, type NodeCodec } from "./node-codec";
import type { NodeIndex, NodeLocation } from "./node-index/node-index";
import { packName } from "./pack";

const LOOKUP_BATCH_MAX = 256;
/** Reading a few bytes nobody asked for is cheaper than another read. */
const GAP_BYTES_MAX = 32 * 1024;
const RUN_BYTES_MAX = 4 * 1024 * 1024;

interface Request {
  id: Buffer;
  resolve: (content: Buffer) => void;
  reject: (error: unknown) => void;
}

interface Located {
  request: Request;
  location: NodeLocation;
}

interface GonePack {
  packId: Buffer;
  cause: unknown;
}

/**
 * Reads nodes. Requests of one moment go together: one lookup, and one read of the storage for neighbours in a pack. A pack
 * that is gone may have been rewritten meanwhile: its nodes are looked up again and read at their new place. What comes back was decrypted, authenticated and has its id; anything else is an error that names the node. Memory
 * is that of the requests under way, which callers bound.
 */
export class RepositoryReader implements NodeReader {
  #waiting: Request[] = [];

  constructor(
    readonly store: ObjectStore,
    readonly index: NodeIndex,
    readonly codec: NodeCodec,
  ) {}

  /** Throws NODE_MISSING, NODE_CORRUPT, STORAGE_UNAVAILABLE. */
  read(id: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#dispatch());
      this.#waiting.push({ id, resolve, reject });
    });
  }

  #dispatch(): void {
    const requests = this.#waiting;
    this.#waiting = [];
    for (let i = 0; i < requests.length; i += LOOKUP_BATCH_MAX) {
      const batch = requests.slice(i, i + LOOKUP_BATCH_MAX);
      this.#serve(batch).catch((error: unknown) => batch.forEach(({ reject }) => reject(error)));
    }
  }

  /** `gone` is the pack in which these nodes were looked for in vain. */
  async #serve(batch: Request[], gone: GonePack | null = null): Promise<void> {
    const known = await this.index.lookup(batch.map(({ id }) => id));
    const located: Located[] = [];
    for (const request of batch) {
      const location = known.get(request.id.toString("hex"));
      if (location && !gone?.packId.equals(location.packId)) located.push({ request, location });
      else if (gone) request.reject(nodeGone(request.id, gone.packId, gone.cause));
      else request.reject(nodeMissing(request.id, "the index does not know it"));
    }
    for (const run of runsOf(located)) {
      this.#readRun(run).catch((error: unknown) => run.forEach(({ request }) => request.reject(error)));
    }
  }

  async #readRun(run: Located[]): Promise<void> {
    const { packId, offset } = run[0]!.location;
    const end = Math.max(...run.map(({ location }) => location.offset + location.storedBytes));
    let bytes: Buffer;
    try {
      bytes = await readObject(this.store, packName(packId), { offset, length: end - offset });
    } catch (error) {
      if (!isDomainError(error, "STORAGE_OBJECT_NOT_FOUND")) throw error;
      return this.#serve(
        run.map(({ request }) => request),
        { packId, cause: error },
      );
    }
    for (const { request, location } of run) {
      const stored = bytes.subarray(location.offset - offset, location.offset - offset + location.storedBytes);
      if (stored.length < location.storedBytes) {
        request.reject(nodeCorrupt(request.id, "the pack is cut short", packId));
      } else this.codec.unseal(request.id, stored, location).then(request.resolve, request.reject);
    }
  }
}

/** Nodes that lie near each other in a pack, as one read each. */
function runsOf(located: Located[]): Located[][] {
  const sorted = [...located].sort(
    (a, b) => Buffer.compare(a.location.packId, b.location.packId) || a.location.offset - b.location.offset,
  );
  const runs: Located[][] = [];
  let end = 0;
  for (const item of sorted) {
    const run = runs.at(-1);
    const { packId, offset, storedBytes } = item.location;
    const first = run?.[0]?.location;
    const fits =
      first?.packId.equals(packId) &&
      offset - end <= GAP_BYTES_MAX &&
      offset + storedBytes - first.offset <= RUN_BYTES_MAX;
    if (run && fits) run.push(item);
    else runs.push([item]);
    end = offset + storedBytes;
  }
  return runs;
}
