import { TreeBuilder } from "./builder";
import { nodeHead } from "./node-codec";
import type { DocumentEntry } from "./layers";
import type { NodeWriter, TreeParams, TreeRoot } from "./types";

/** A leaf as the canonical tree of a stream has it, with the documents that it holds. */
export interface CutLeaf {
  readonly id: Buffer;
  /** Never empty. */
  readonly entries: readonly DocumentEntry[];
  /** Length of the node. */
  readonly bytes: number;
}

/**
 * Cuts sorted documents into the leaves that their canonical tree has, and works out that tree's root on the way. At
 * first `hasher` gets the nodes; after `storeFromHere` a writer does, and no leaves come out any more. Memory: a leaf, and the group of
 * documents that is being cut.
 */
export class LeafCutter {
  readonly #groups: AsyncIterator<readonly DocumentEntry[]>;
  readonly #builder: TreeBuilder;
  #writer: NodeWriter;
  #isCutting = true;
  #open: DocumentEntry[] = [];
  #cut: CutLeaf[] = [];
  #group: readonly DocumentEntry[] = [];
  #at = 0;
  #root: TreeRoot | null = null;

  constructor(groups: AsyncIterable<readonly DocumentEntry[]>, hasher: NodeWriter, params: TreeParams) {
    this.#groups = groups[Symbol.asyncIterator]();
    this.#writer = hasher;
    this.#builder = new TreeBuilder({ write: (content) => this.#write(content) }, params);
  }

  /** The root of all that came; null before the end of the stream. */
  get root(): TreeRoot | null {
    return this.#root;
  }

  /** The leaves in order, until the stream ends or, asked before each leaf, `isEnough` says so. */
  async *leaves(isEnough: () => boolean): AsyncGenerator<CutLeaf> {
    for (;;) {
      for (const leaf of this.#cut.splice(0)) yield leaf;
      if (this.#root || isEnough()) return;
      while (this.#cut.length === 0 && !this.#root) await this.#step();
    }
  }

  /**
   * Gives every further node of the canonical tree to `writer`, reads the stream to its end and returns the root. What
   * was cut before is not stored by this.
   */
  async storeFromHere(writer: NodeWriter): Promise<TreeRoot> {
    this.#writer = writer;
    this.#isCutting = false;
    while (!this.#root) await this.#step();
    return this.#root;
  }

  /** Stops reading the stream. */
  async close(): Promise<void> {
    await this.#groups.return?.();
  }

  /** Adds documents of the current group up to the next node's end, or takes the next group. */
  async #step(): Promise<void> {
    while (this.#at < this.#group.length) {
      const entry = this.#group[this.#at++]!;
      if (this.#isCutting) this.#open.push(entry);
      const written = this.#builder.add(entry.key, entry.doc);
      if (written) return written;
    }
    const next = await this.#groups.next();
    this.#group = next.done ? [] : next.value;
    this.#at = 0;
    if (next.done) this.#root = await this.#builder.finish();
  }

  async #write(content: Buffer): Promise<Buffer> {
    const bytes = content.length;
    const { level, count } = nodeHead(content);
    const id = await this.#writer.write(content);
    if (level === 0 && this.#isCutting) {
      // A huge document that ended the leaf before it is open already.
      const later = this.#open.splice(count);
      this.#cut.push({ id, entries: this.#open, bytes });
      this.#open = later;
    }
    return id;
  }
}
