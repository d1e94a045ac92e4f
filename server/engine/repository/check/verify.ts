import { DomainError } from "@/server/platform/errors/domain-error";
import {
  canonicalRoot,
  documentBatches,
  type NodeReader,
  type NodeWriter,
  type TreeRoot,
  type TreeShape,
} from "../../tree";
import type { CollectionManifest, SnapshotManifest } from "../manifest";
import { verifyTree } from "./verify-tree";

export interface VerifyProblem {
  /** "member/database.collection" where the snapshot has several members, else "database.collection". */
  collection: string;
  code: string;
  message: string;
  nodeId: string | null;
  packId: string | null;
}

export interface VerifyReport {
  ok: boolean;
  collections: number;
  documents: number;
  nodes: number;
  /** Content of all nodes that were read. */
  bytes: number;
  /** The first PROBLEMS_MAX ones; `problemCount` is all. */
  problems: VerifyProblem[];
  problemCount: number;
  /** Collections with a problem, each once. */
  affected: string[];
}

export interface VerifyProgress {
  collection: string;
  nodes: number;
  bytes: number;
  documents: number;
}

export interface VerifyOptions {
  signal: AbortSignal;
  onProgress?: (progress: VerifyProgress) => void;
  /** What works out ids of this repository's nodes, and their sizes: for the canonical root of layers. */
  hasher: NodeWriter;
  shape: TreeShape;
}

const PROBLEMS_MAX = 1000;

/**
 * Reads a snapshot back, all of it, and says what is wrong. Storage that cannot be reached is an error, not a
 * finding: it is thrown, and so is the signal's reason.
 */
export async function verifySnapshot(
  reader: NodeReader,
  manifest: SnapshotManifest,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const report: VerifyReport = {
    ok: true,
    collections: 0,
    documents: 0,
    nodes: 0,
    bytes: 0,
    problems: [],
    problemCount: 0,
    affected: [],
  };
  for (const member of manifest.members) {
    for (const collection of member.collections) {
      const prefix = manifest.members.length > 1 ? `${member.name}/` : "";
      await verifyCollection(reader, collection, `${prefix}${collection.database}.${collection.name}`, report, options);
    }
  }
  report.ok = report.problemCount === 0;
  return report;
}

async function verifyCollection(
  reader: NodeReader,
  collection: CollectionManifest,
  name: string,
  report: VerifyReport,
  options: VerifyOptions,
): Promise<void> {
  const problem = (error: unknown) => addProblem(report, name, error);
  const before = report.problemCount;
  report.collections += 1;
  if (!collection.layers) return;
  const { base, deltas } = collection.layers;
  for (const root of [base, ...deltas]) {
    const visitor = {
      node: (bytes: number) => {
        report.nodes += 1;
        report.bytes += bytes;
        const { nodes, documents } = report;
        options.onProgress?.({ collection: name, nodes, bytes: report.bytes, documents });
      },
      problem,
    };
    await verifyTree(reader, root, root === base, visitor, options.signal);
  }
  if (report.problemCount > before) return;
  const merged = deltas.length > 0 ? await mergedRoot(reader, collection, options) : base;
  report.documents += merged.documents;
  if (merged.documents !== collection.documents || merged.bytes !== collection.bytes) {
    problem(new DomainError("NODE_CORRUPT", { message: "the trees do not hold what the manifest counts" }));
  } else if (
    deltas.length > 0 &&
    collection.root !== undefined &&
    (merged.id?.toString("hex") ?? null) !== collection.root
  ) {
    problem(new DomainError("NODE_CORRUPT", { message: "the merged documents are not those that were read" }));
  }
}

/** The canonical root of the layers' documents, worked out without storing anything. */
function mergedRoot(
  reader: NodeReader,
  { layers, keying }: CollectionManifest,
  { signal, hasher, shape }: VerifyOptions,
): Promise<TreeRoot> {
  const entries = async function* () {
    for await (const batch of documentBatches(reader, layers!)) {
      signal.throwIfAborted();
      yield* batch;
    }
  };
  return canonicalRoot(entries(), hasher, { ...shape, keys: keying === "id" ? "fromId" : "stored" });
}

function addProblem(report: VerifyReport, collection: string, error: unknown): void {
  report.problemCount += 1;
  if (!report.affected.includes(collection)) report.affected.push(collection);
  if (report.problems.length >= PROBLEMS_MAX) return;
  const known = error instanceof DomainError ? error : null;
  const text = (name: string) => (typeof known?.params[name] === "string" ? known.params[name] : null);
  report.problems.push({
    collection,
    code: known?.code ?? "INTERNAL",
    message: error instanceof Error ? error.message : String(error),
    nodeId: text("nodeId"),
    packId: text("packId"),
  });
}
