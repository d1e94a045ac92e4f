import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { decodeNode, isLeaf } from "../../tree/node-codec";
import type { NodeReader, TreeRoot } from "../../tree";
import { LiveNodes } from "./live-nodes";
import { rootsOf } from "../manifest-roots";
import type { Repository } from "../repository";

/** Inner nodes read at once. */
const READS_MAX = 64;

/** A manifest of which it cannot be said which nodes it needs: damaged, or of a kept snapshot and gone. */
export interface UnreadableManifest {
  manifestId: string;
  code: string;
  message: string;
}

export interface Marked {
  live: LiveNodes;
  /** Those that were read. */
  manifestIds: Set<string>;
  /** Where there is one, `live` is not all that is needed: nothing may be removed. */
  unreadable: UnreadableManifest[];
}

/**
 * Finds the nodes that the manifests in the storage need, whoever wrote them. Inner nodes are read, each once however
 * many snapshots share it; leaves stand in their parents. Memory: that of LiveNodes, and about 100 bytes for each inner
 * node. Throws when the storage does not answer, or the signal's reason.
 */
export async function markLive(repository: Repository, signal: AbortSignal): Promise<Marked> {
  const marked: Marked = { live: new LiveNodes(), manifestIds: new Set(), unreadable: [] };
  const walk = new Walk(repository.reader(), marked.live, signal);
  const listed = new Set<string>();
  // One that goes while others are read may have been what a run built on, whose own manifest came after the list: so
  // twice at least, until a list that was begun after all reading holds nothing new.
  for (let pass = 1, isNew = true; isNew || pass <= 2; pass += 1) {
    isNew = false;
    for await (const manifestId of repository.listManifests()) {
      if (listed.has(manifestId)) continue;
      listed.add(manifestId);
      isNew = true;
      try {
        for (const root of rootsOf(await repository.readManifest(manifestId))) await walk.tree(root);
        marked.manifestIds.add(manifestId);
      } catch (error) {
        // Removed since it was listed: nobody needs it any more.
        if (isDomainError(error, "MANIFEST_NOT_FOUND")) continue;
        if (!isDomainError(error) || !SAYS_DAMAGE.has(error.code)) throw error;
        marked.unreadable.push({ manifestId, code: error.code, message: error.message });
      }
    }
  }
  return marked;
}

const SAYS_DAMAGE = new Set<string>(["MANIFEST_CORRUPT", "REPOSITORY_FORMAT_UNKNOWN", "NODE_MISSING", "NODE_CORRUPT"]);

class Walk {
  /** Inner nodes that were read, by whole id: to take one for another would leave out what is below. */
  readonly #read = new Set<string>();

  constructor(
    readonly reader: NodeReader,
    readonly live: LiveNodes,
    readonly signal: AbortSignal,
  ) {}

  async tree({ id, height }: TreeRoot): Promise<void> {
    if (!id) return;
    this.live.add(id);
    let level = height > 1 ? this.#unread([id]) : [];
    for (let depth = height - 1; depth > 0 && level.length > 0; depth -= 1) {
      const below: string[] = [];
      for (let i = 0; i < level.length; i += READS_MAX) {
        this.signal.throwIfAborted();
        const ids = level.slice(i, i + READS_MAX).map((name) => Buffer.from(name, "latin1"));
        const children = (await Promise.all(ids.map((one) => this.#childrenOf(one, depth)))).flat();
        for (const child of children) this.live.add(child);
        if (depth > 1) below.push(...this.#unread(children));
      }
      level = below;
    }
  }

  /** Strings take less memory than buffers, which would each keep the parent's whole content. */
  #unread(ids: Buffer[]): string[] {
    const names: string[] = [];
    for (const id of ids) {
      const name = id.toString("latin1");
      if (this.#read.has(name)) continue;
      this.#read.add(name);
      names.push(name);
    }
    return names;
  }

  async #childrenOf(id: Buffer, level: number): Promise<Buffer[]> {
    const node = decodeNode(await this.reader.read(id));
    if (isLeaf(node) || node.level !== level) {
      const params = { nodeId: id.toString("hex") };
      throw new DomainError("NODE_CORRUPT", { message: `node ${params.nodeId}: another level belongs here`, params });
    }
    return node.children.map((child) => child.id);
  }
}
