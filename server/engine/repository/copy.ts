import { DomainError } from "@/server/platform/errors/domain-error";
import { decodeNode, isLeaf } from "../tree/node-codec";
import { prefetch } from "../tree/prefetch";
import type { TreeRoot } from "../tree";
import { rootsOf } from "./manifest-roots";
import type { Repository } from "./repository";
import type { RepositoryWriter } from "./writer";

export interface CopySnapshot {
  from: Repository;
  to: Repository;
  /** The snapshot's manifest in `from`. */
  manifestId: string;
  signal: AbortSignal;
  onProgress?: (done: CopyProgress) => void;
}

export interface CopyProgress {
  /** Nodes that the target has now, and their content. */
  nodes: number;
  bytes: number;
}

export interface CopyResult {
  /** The snapshot's manifest in `to`. */
  manifestId: string;
  nodes: number;
  /** Nodes that the target had not, and what its packs took for them. */
  newNodes: number;
  storedBytes: number;
}

const PREFETCH_BYTES = 16 * 1024 * 1024;

/**
 * Copies a snapshot to another repository of the same organization: what the target has not is read, sealed anew under
 * the target's key and stored; then the manifest. The copy needs nothing of the first repository, and later ones cost what
 * changed. Called again after a failure it goes on where it stood, for stored nodes are found. Ids and roots stay as they
 * are: throws REPOSITORY_KEY_WRONG when the target belongs to another organization (another id key) and
 * REPOSITORY_FORMAT_UNKNOWN when its nodes have other sizes; otherwise what reading and writing throw, or the signal's reason.
 */
export async function copySnapshot({ from, to, manifestId, signal, onProgress }: CopySnapshot): Promise<CopyResult> {
  assertSameShape(from, to);
  const manifest = await from.readManifest(manifestId);
  const writer = to.writer();
  const copy = new NodeCopy(from, writer, signal, onProgress);
  const roots = rootsOf(manifest);
  await assertSameOrganization(from, to, roots);
  for (const root of roots) await copy.tree(root);
  const { newNodes, storedBytes } = await writer.flush();
  signal.throwIfAborted();
  return { manifestId: await to.writeManifest(manifest), nodes: copy.done.nodes, newNodes, storedBytes };
}

function assertSameShape(from: Repository, to: Repository): void {
  const { leafTargetBytes, innerTargetBytes } = to.shape;
  if (from.shape.leafTargetBytes === leafTargetBytes && from.shape.innerTargetBytes === innerTargetBytes) return;
  throw new DomainError("REPOSITORY_FORMAT_UNKNOWN", { message: "the two repositories cut nodes of different sizes" });
}

/** The same content has the same id under one id key only. */
async function assertSameOrganization(from: Repository, to: Repository, roots: TreeRoot[]): Promise<void> {
  const id = roots.find((root) => root.id)?.id;
  if (!id || id.equals(await to.hasher().write(await from.reader().read(id)))) return;
  throw new DomainError("REPOSITORY_KEY_WRONG", { message: "the target belongs to another organization" });
}

interface Place {
  readonly id: Buffer;
  readonly bytes: number;
}

class NodeCopy {
  readonly done: CopyProgress = { nodes: 0, bytes: 0 };
  /** Inner nodes that were seen: layers and collections share trees. */
  readonly #seen = new Set<string>();

  constructor(
    readonly from: Repository,
    readonly writer: RepositoryWriter,
    readonly signal: AbortSignal,
    readonly onProgress: CopySnapshot["onProgress"],
  ) {}

  async tree({ id, bytes, height }: TreeRoot): Promise<void> {
    if (!id) return;
    if (height === 1) await this.#leaves([{ id, bytes }]);
    else await this.#inner(id, height - 1);
  }

  /** Every node below is looked up for itself: that the target has a parent does not say that it has the children. */
  async #inner(id: Buffer, level: number): Promise<void> {
    this.signal.throwIfAborted();
    if (this.#seen.has(id.toString("hex"))) return;
    this.#seen.add(id.toString("hex"));
    const content = await this.from.reader().read(id);
    const node = decodeNode(content);
    if (isLeaf(node)) throw new DomainError("NODE_CORRUPT", { params: { nodeId: id.toString("hex") } });
    if (level === 1) await this.#leaves(node.children);
    else for (const child of node.children) await this.#inner(child.id, level - 1);
    await this.#write(content);
  }

  async #leaves(leaves: readonly Place[]): Promise<void> {
    const missing = new Set(await this.writer.missingOf(leaves.map(({ id }) => id)));
    const present = leaves.filter(({ id }) => !missing.has(id.toString("hex")));
    for (const { bytes } of present) this.#count(bytes);
    const contents = prefetch(
      leaves.filter(({ id }) => missing.has(id.toString("hex"))),
      {
        limitBytes: PREFETCH_BYTES,
        weigh: ({ bytes }) => bytes,
        start: ({ id }) => this.from.reader().read(id),
      },
    );
    for await (const content of contents) {
      this.signal.throwIfAborted();
      await this.#write(content);
    }
  }

  async #write(content: Buffer): Promise<void> {
    const bytes = content.length;
    await this.writer.write(content);
    this.#count(bytes);
  }

  #count(bytes: number): void {
    this.done.nodes += 1;
    this.done.bytes += bytes;
    this.onProgress?.({ ...this.done });
  }
}
