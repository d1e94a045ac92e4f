import { compareToBound, type Bound } from "./bound";
import { loadNode } from "./load-node";
import { isLeaf, type ChildRef } from "./node-codec";
import { prefetch } from "./prefetch";
import type { CutLeaf } from "./scan-leaves";
import type { Entry, NodeReader, TreeRoot } from "./types";

/**
 * What comparing a stream with an old base consists of, in order of keys:
 *
 *   same  a leaf that the base has too: nothing of it is read
 *   new   a leaf that it has not
 *   old   the entries of a leaf of the base that the stream has not
 *
 * `oldEnded`: no leaf of the base comes after this step. An `old` leaf that reaches beyond a `new` one comes after it.
 */
export type ScanStep =
  | { readonly kind: "same" | "new"; readonly entries: CutLeaf["entries"]; readonly oldEnded: boolean }
  | { readonly kind: "old"; readonly entries: readonly Entry[]; readonly oldEnded: boolean };

export interface ScanLimits {
  /** Leaves that are new, and old ones that are being read, ahead of the comparison. */
  readonly aheadBytes: number;
  /** New leaves may wait for an old one that reaches beyond them up to this; then it is read, even if the stream has it too. */
  readonly waitingBytes: number;
}

export const DEFAULT_SCAN_LIMITS: ScanLimits = { aheadBytes: 4 * 1024 * 1024, waitingBytes: 1024 * 1024 };

/**
 * The steps, with old leaves read ahead. When the leaves end, `isWholeStream` tells whether that is the stream's end; if
 * not, no old leaf is read that lies after them. Throws NODE_MISSING, NODE_CORRUPT.
 */
export function scanSteps(
  reader: NodeReader,
  base: TreeRoot,
  leaves: AsyncIterable<CutLeaf>,
  isWholeStream: () => boolean,
  limits: ScanLimits,
): AsyncGenerator<ScanStep> {
  return prefetch(planSteps(leaves, new OldLeaves(reader, base), isWholeStream, limits.waitingBytes), {
    limitBytes: limits.aheadBytes,
    weigh: (step) => step.leaf.bytes,
    start: async (step): Promise<ScanStep> => {
      const { kind, oldEnded } = step;
      if (kind !== "old") return { kind, entries: step.leaf.entries, oldEnded };
      const node = await loadNode(reader, step.leaf.id, 0);
      return { kind, entries: isLeaf(node) ? node.entries : [], oldEnded };
    },
  });
}

type PlannedStep =
  { kind: "same" | "new"; leaf: CutLeaf; oldEnded: boolean } | { kind: "old"; leaf: OldLeaf; oldEnded: boolean };

async function* planSteps(
  leaves: AsyncIterable<CutLeaf>,
  olds: OldLeaves,
  isWholeStream: () => boolean,
  waitingBytesMax: number,
): AsyncGenerator<PlannedStep> {
  await olds.next();
  let hasLeaves = false;
  let waitingBytes = 0;
  let lastOld: OldLeaf | null = null;
  const takeOld = async (): Promise<PlannedStep> => {
    lastOld = olds.current!;
    waitingBytes = 0;
    await olds.next();
    return { kind: "old", leaf: lastOld, oldEnded: olds.current === null };
  };
  for await (const leaf of leaves) {
    hasLeaves = true;
    const lastKey = leaf.entries.at(-1)!.key;
    while (olds.current && !olds.current.id.equals(leaf.id) && !reachesBeyond(olds.current, lastKey))
      yield await takeOld();
    if (olds.current?.id.equals(leaf.id)) {
      waitingBytes = 0;
      await olds.next();
      yield { kind: "same", leaf, oldEnded: olds.current === null };
      continue;
    }
    if (!lastOld || !reachesBeyond(lastOld, lastKey)) waitingBytes += leaf.bytes;
    yield { kind: "new", leaf, oldEnded: olds.current === null };
    if (olds.current && waitingBytes > waitingBytesMax) yield await takeOld();
  }
  if (isWholeStream()) while (olds.current) yield await takeOld();
  else if (hasLeaves && olds.current) yield await takeOld();
}

/** Sure that the leaf's last key lies after `key`. */
function reachesBeyond({ bound }: OldLeaf, key: Buffer): boolean {
  return bound !== null && (compareToBound(key, bound) ?? 0) < 0;
}

/** `bound` is null where nobody lists the leaf: it is the whole tree. */
type OldLeaf = Pick<ChildRef, "id" | "bytes"> & { bound: Bound | null };

/** The leaves of a tree one by one, as their parents list them. */
class OldLeaves {
  current: OldLeaf | null = null;
  readonly #source: AsyncGenerator<OldLeaf>;

  constructor(reader: NodeReader, root: TreeRoot) {
    this.#source = leavesOf(reader, root);
  }

  async next(): Promise<void> {
    const next = await this.#source.next();
    this.current = next.done ? null : next.value;
  }
}

async function* leavesOf(reader: NodeReader, root: TreeRoot): AsyncGenerator<OldLeaf> {
  if (!root.id) return;
  if (root.height === 1) yield { id: root.id, bytes: root.bytes, bound: null };
  else yield* leavesBelow(reader, root.id, root.height - 1);
}

async function* leavesBelow(reader: NodeReader, id: Buffer, level: number): AsyncGenerator<OldLeaf> {
  const node = await loadNode(reader, id, level);
  if (isLeaf(node)) return;
  for (const child of node.children) {
    if (level === 1) yield child;
    else yield* leavesBelow(reader, child.id, level - 1);
  }
}
