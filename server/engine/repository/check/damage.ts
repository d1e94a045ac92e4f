import { EJSON } from "bson";
import { decodeKey } from "../../bson/decode-key";
import type { Bound } from "../../tree/bound";
import { decodeNode, isLeaf, type ChildRef } from "../../tree/node-codec";
import type { Layers, TreeRoot } from "../../tree";
import type { CollectionManifest, SnapshotManifest } from "../manifest";
import type { NodeFault, NodeSurvey } from "./node-survey";

/** One damaged node in one layer of one collection, and the documents that go with it. */
export interface DamagedRange {
  /** 0 is the base, then deltas from the oldest on. */
  layer: number;
  fault: NodeFault;
  /** Keys behind this one (null: from the beginning) up to and including `last` (null: to the end). */
  after: Bound | null;
  last: Bound | null;
  /** Last states that the node and those below it hold, deletions included. */
  documents: number;
}

export interface DamagedCollection {
  collection: CollectionManifest;
  /** "database.collection", with the member in front where there are several. */
  namespace: string;
  ranges: DamagedRange[];
}

/** The collections of a snapshot that a survey of its trees found damaged, with the key ranges. Reads inner nodes only. */
export async function findDamage(survey: NodeSurvey, manifest: SnapshotManifest): Promise<DamagedCollection[]> {
  const found: DamagedCollection[] = [];
  for (const member of manifest.members) {
    const prefix = manifest.members.length > 1 ? `${member.name}/` : "";
    for (const collection of member.collections) {
      const ranges = collection.layers ? await damagedRanges(survey, collection.layers) : [];
      if (ranges.length === 0) continue;
      found.push({ collection, namespace: `${prefix}${collection.database}.${collection.name}`, ranges });
    }
  }
  return found;
}

async function damagedRanges(survey: NodeSurvey, { base, deltas }: Layers): Promise<DamagedRange[]> {
  const ranges: DamagedRange[] = [];
  for (const [layer, root] of [base, ...deltas].entries()) {
    for await (const range of rangesOfTree(survey, root)) ranges.push({ layer, ...range });
  }
  return ranges;
}

type Place = Pick<ChildRef, "id" | "documents" | "tombstones"> & { bound: Bound | null };

async function* rangesOfTree(survey: NodeSurvey, root: TreeRoot): AsyncGenerator<Omit<DamagedRange, "layer">> {
  const { id, documents, tombstones } = root;
  if (id) yield* rangesBelow(survey, { id, documents, tombstones, bound: null }, null);
}

async function* rangesBelow(
  survey: NodeSurvey,
  { id, bound, documents, tombstones }: Place,
  after: Bound | null,
): AsyncGenerator<Omit<DamagedRange, "layer">> {
  if (!survey.isTouched(id)) return;
  const fault = survey.faults.get(id.toString("hex"));
  if (fault) {
    yield { fault, after, last: bound, documents: documents + tombstones };
    return;
  }
  const node = decodeNode(await survey.repository.reader().read(id));
  if (isLeaf(node)) return;
  let before = after;
  for (const child of node.children) {
    yield* rangesBelow(survey, child, before);
    before = child.bound;
  }
}

/** A bound as the `_id` that it stands for, in relaxed Extended JSON; null at an end, or where it cannot be told. */
export function boundText(bound: Bound | null, keying: CollectionManifest["keying"]): string | null {
  if (!bound?.exact) return null;
  if (keying === "ordinal") return bound.bytes.length === 8 ? `position ${bound.bytes.readBigUInt64BE()}` : null;
  const decoded = decodeKey(bound.bytes);
  return decoded && EJSON.stringify({ v: decoded.value ?? null }, { relaxed: true }).slice('{"v":'.length, -1);
}
