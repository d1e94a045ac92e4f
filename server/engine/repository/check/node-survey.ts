import { isDomainError, type DomainError } from "@/server/platform/errors/domain-error";
import { compareToBound, type Bound } from "../../tree/bound";
import { decodeNode, isLeaf, type ChildRef } from "../../tree/node-codec";
import { prefetch } from "../../tree/prefetch";
import type { TreeRoot } from "../../tree";
import { nodeMissing } from "../node-codec";
import { compare, countsText, digest, encodeFacts, factsOfLeaf, sumOf, type Expected, type Facts } from "./node-facts";
import type { Repository } from "../repository";
import { SeenLeaves } from "./seen-leaves";
import { wrong } from "./verify-tree";

const AHEAD_BYTES = 16 * 1024 * 1024;
const INNER_NODE_BYTES = 512 * 1024;
const LOOKUP_BATCH_MAX = 256;

/** A node that is missing, damaged, or not what the node above says. */
export interface NodeFault {
  nodeId: string;
  packId: string | null;
  code: string;
  message: string;
}

export interface NodeSurveyOptions {
  signal: AbortSignal;
  /** Read leaves as well; else they are only looked up. */
  readData: boolean;
  /** Length of each pack in the storage, by id in hex. */
  packs: ReadonlyMap<string, number>;
  onNode: (bytes: number) => void;
  /** Takes a damaged place out of use; true when the node lies elsewhere too. The damage is told to `onSpare`. */
  distrust?: (nodeId: Buffer, packId: Buffer) => boolean;
  onSpare: (fault: NodeFault) => void;
}

/**
 * Walks trees of many snapshots and looks at each node once, however many share it: is it there, does it decrypt, has it
 * its id, is its structure sound, and is it what the node above says. Faults are kept by node, with the ids of the nodes
 * above them, so that afterwards affected snapshots are found without reading everything again.
 */
export class NodeSurvey {
  readonly faults = new Map<string, NodeFault>();
  readonly #tainted = new Set<string>();
  /** Inner nodes that were looked at or are being looked at, by whichever tree came first. */
  readonly #inner = new Map<string, { facts: Facts; below: Promise<void> }>();
  /** Inner nodes that onNode was told of. */
  readonly #counted = new Set<string>();
  readonly #leaves = new SeenLeaves();

  constructor(
    readonly repository: Repository,
    readonly options: NodeSurveyOptions,
  ) {}

  /** Looks at all of a tree that was not looked at before. Throws STORAGE_UNAVAILABLE and the signal's reason. */
  async visit(root: TreeRoot): Promise<void> {
    const { id, documents, tombstones, bytes, height } = root;
    if (id) await this.#child({ id, documents, tombstones, bytes, bound: null }, height - 1, null);
  }

  isFaulty(id: Buffer): boolean {
    return this.faults.has(id.toString("hex"));
  }

  /** The node or one below it is faulty. */
  isTouched(id: Buffer): boolean {
    const name = id.toString("hex");
    return this.faults.has(name) || this.#tainted.has(name);
  }

  async #child(expected: Expected, level: number, previous: Bound | null): Promise<void> {
    this.options.signal.throwIfAborted();
    if (level === 0 && !this.options.readData) return this.#assertKnown([expected.id]);
    await this.#check(expected, level, previous, await this.#load(expected.id, level));
  }

  /** The node's content; null when it was looked at before, or cannot be read, which is noted. */
  async #load(id: Buffer, level: number): Promise<Buffer | null> {
    if (this.isFaulty(id) || this.#wasSeen(id, level)) return null;
    return this.#read(id);
  }

  /**
   * Forgets what was missing, so that visiting the roots once more looks at it again, and at nothing else: collection of
   * garbage may have moved it meanwhile. False when nothing was missing.
   */
  forgetMissing(): boolean {
    const missing = [...this.faults.values()].filter(({ code }) => code === "NODE_MISSING");
    if (missing.length === 0) return false;
    for (const { nodeId } of missing) this.faults.delete(nodeId);
    for (const name of this.#tainted) this.#inner.delete(name);
    this.#tainted.clear();
    return true;
  }

  /** The node was looked at, as a part of some tree. */
  has(id: Buffer): boolean {
    return this.#leaves.find(id) !== null || this.#inner.has(id.toString("hex"));
  }

  #wasSeen(id: Buffer, level: number): boolean {
    return level === 0 ? this.#leaves.find(id) !== null : this.#inner.has(id.toString("hex"));
  }

  async #read(id: Buffer): Promise<Buffer | null> {
    for (;;) {
      this.options.signal.throwIfAborted();
      try {
        return await this.repository.reader().read(id);
      } catch (error) {
        if (!isDomainError(error, "NODE_MISSING") && !isDomainError(error, "NODE_CORRUPT")) throw error;
        const { packId } = error.params;
        const hasSpare = typeof packId === "string" && this.options.distrust?.(id, Buffer.from(packId, "hex"));
        if (!hasSpare) {
          this.#fault(id, error);
          return null;
        }
        this.options.onSpare(faultOf(id, error));
      }
    }
  }

  async #check(expected: Expected, level: number, previous: Bound | null, content: Buffer | null): Promise<void> {
    if (this.isFaulty(expected.id)) return;
    try {
      if (level > 0) return await this.#inside(expected, level, previous, content);
      this.#leaf(
        expected,
        previous,
        content ?? (await this.#contentUnless(this.#agrees(expected, previous), expected.id)),
      );
    } catch (error) {
      if (!isDomainError(error, "NODE_CORRUPT") && !isDomainError(error, "BSON_INVALID")) throw error;
      this.#fault(expected.id, error);
    }
  }

  async #contentUnless(known: boolean, id: Buffer): Promise<Buffer | null> {
    return known ? null : this.#read(id);
  }

  async #inside(expected: Expected, level: number, previous: Bound | null, content: Buffer | null): Promise<void> {
    const name = expected.id.toString("hex");
    const seen = this.#inner.get(name);
    if (seen) {
      await seen.below;
      return compare(expected, seen.facts);
    }
    if (!content) return;
    const node = decodeNode(content);
    if (isLeaf(node) || node.level !== level) throw wrong(`level ${node.level} where ${level} belongs`, expected.id);
    if (!this.#counted.has(name)) this.options.onNode(content.length);
    this.#counted.add(name);
    const facts = sumOf(node.children, expected.id);
    const below = this.#children(node.children, level - 1, previous).then(() => {
      if (node.children.some(({ id }) => this.isTouched(id))) this.#tainted.add(name);
    });
    this.#inner.set(name, { facts, below });
    await below;
    compare(expected, facts);
  }

  async #children(children: readonly ChildRef[], level: number, previous: Bound | null): Promise<void> {
    if (level === 0 && !this.options.readData) return this.#assertKnown(children.map(({ id }) => id));
    const loads = prefetch(children, {
      limitBytes: AHEAD_BYTES,
      weigh: (child) => (level === 0 ? child.bytes : INNER_NODE_BYTES),
      start: async (child) => ({ child, content: await this.#load(child.id, level) }),
    });
    let before = previous;
    for await (const { child, content } of loads) {
      await this.#check(child, level, before, content);
      before = child.bound;
    }
  }

  #leaf(expected: Expected, previous: Bound | null, content: Buffer | null): void {
    if (!content) return;
    const { id } = expected;
    const node = decodeNode(content);
    if (!isLeaf(node)) throw wrong(`level ${node.level} where 0 belongs`, id);
    const facts = factsOfLeaf(node, id);
    const first = node.entries[0]!.key;
    if (previous && (compareToBound(first, previous) ?? 1) <= 0) throw wrong("keys do not ascend", id);
    if (this.#leaves.find(id) === null) this.options.onNode(content.length);
    this.#leaves.add(id, encodeFacts(facts, first));
    compare(expected, facts);
  }

  /** True when what is kept of a leaf that was seen under another parent suits this parent as well. */
  #agrees(expected: Expected, previous: Bound | null): boolean {
    const kept = this.#leaves.find(expected.id);
    if (!kept || !kept.subarray(0, 8).equals(digest(countsText(expected)))) return false;
    if (expected.bound && !kept.subarray(8, 16).equals(digest(expected.bound.bytes))) return false;
    const first = kept.subarray(17, 17 + kept[16]!);
    return !previous || Buffer.compare(first, previous.bytes.subarray(0, first.length)) > 0;
  }

  /** Notes a fault for each leaf whose place is unknown, gone or beyond its pack's end. */
  async #assertKnown(ids: Buffer[]): Promise<void> {
    const unseen = ids.filter((id) => !this.isFaulty(id) && this.#leaves.find(id) === null);
    for (let at = 0; at < unseen.length; at += LOOKUP_BATCH_MAX) {
      await this.#assertBatchKnown(unseen.slice(at, at + LOOKUP_BATCH_MAX));
    }
  }

  async #assertBatchKnown(batch: Buffer[]): Promise<void> {
    const places = await this.repository.index.lookup(batch);
    for (const id of batch) {
      const place = places.get(id.toString("hex"));
      const packBytes = place ? this.options.packs.get(place.packId.toString("hex")) : undefined;
      if (place && packBytes !== undefined && place.offset + place.storedBytes <= packBytes) {
        this.#leaves.add(id, Buffer.alloc(1));
        this.options.onNode(0);
        continue;
      }
      const what = place
        ? packBytes === undefined
          ? `its pack ${place.packId.toString("hex")} is gone`
          : "its place lies beyond the end of its pack"
        : "no pack's list has it";
      const error = nodeMissing(id, what, place?.packId);
      const hasSpare = place !== undefined && this.options.distrust?.(id, place.packId) === true;
      if (hasSpare) {
        this.options.onSpare(faultOf(id, error));
        await this.#assertBatchKnown([id]);
      } else this.#fault(id, error);
    }
  }

  #fault(id: Buffer, error: DomainError): void {
    const name = id.toString("hex");
    if (!this.faults.has(name)) this.faults.set(name, faultOf(id, error));
  }
}

function faultOf(id: Buffer, { code, message, params }: DomainError): NodeFault {
  return {
    nodeId: id.toString("hex"),
    packId: typeof params.packId === "string" ? params.packId : null,
    code,
    message,
  };
}
