import { isDomainError } from "@/server/platform/errors/domain-error";
import { describeSnapshot, emptyReport, LISTED_MAX, type CheckReport } from "./check-report";
import { findDamage, type DamagedCollection } from "./damage";
import type { SnapshotManifest } from "../manifest";
import { rootsOf } from "../manifest-roots";
import type { PackRecord } from "../node-index/node-index";
import { NodeSurvey } from "./node-survey";
import { listPacks } from "../pack";
import { surveyPacks } from "../node-index/pack-survey";
import type { Repository } from "../repository";

const TREES_AT_ONCE = 4;
const LOOKUP_BATCH_MAX = 512;

export interface CheckProgress {
  step: "packs" | "snapshots" | "nodes";
  done: number;
  /** Null while unknown; for nodes a number that is not exceeded. */
  total: number | null;
  bytes: number;
}

export interface CheckOptions {
  /** Read every node, not the inner ones alone. */
  readData: boolean;
  signal: AbortSignal;
  onProgress?: (progress: CheckProgress) => void;
  /** Only these manifests, listed before the index was refreshed; all without. One that is gone is passed over. */
  manifestIds?: readonly string[];
  /** Lengths of the packs by id in hex, where their lists were read just now; they are not read again then. */
  knownPacks?: ReadonlyMap<string, number>;
  /** Makes the index know packs that came since: what is missing is looked for again, for it may have been moved. */
  refresh?: () => Promise<unknown>;
  /** Takes a damaged place out of use; true when the node lies elsewhere, too (LocalNodeIndex.distrust). */
  distrust?: (nodeId: Buffer, packId: Buffer) => boolean;
}

/** A check that also tells, for restoring what is left, the damage by collections of one manifest. */
export interface CheckResult {
  report: CheckReport;
  damageOf(manifestId: string): readonly DamagedCollection[];
}

/**
 * Is everything there that the snapshots need, and is it what was written? Packs' lists and lengths against the storage
 * and against the index, every manifest, every tree: inner nodes are read always, leaves with `readData`. Each node is looked at
 * once. Damage is in the report, with the snapshots, collections and documents that it takes along; thrown are
 * STORAGE_UNAVAILABLE and the signal's reason.
 */
export async function checkRepository(repository: Repository, options: CheckOptions): Promise<CheckResult> {
  const report = emptyReport(options.readData);
  // Manifests are listed before packs, so that a snapshot that is taken meanwhile is not missing anything.
  const manifestIds = options.manifestIds ?? (await listManifestIds(repository));
  const packs = new Map(options.knownPacks ?? (await checkPacks(repository, report, options)));
  const manifests = await readManifests(repository, manifestIds, report, options);
  const survey = new NodeSurvey(repository, {
    ...options,
    packs,
    onNode: (bytes) => {
      report.nodes += 1;
      report.bytes += bytes;
      const { nodes: done, nodesListed: total } = report;
      options.onProgress?.({ step: "nodes", done, total, bytes: report.bytes });
    },
    onSpare: (fault) => void (report.spare.length < LISTED_MAX && report.spare.push(fault)),
  });
  await visitAll(survey, manifests);
  if (options.refresh && survey.forgetMissing()) {
    await options.refresh();
    for await (const { packId, bytes } of listPacks(repository.store)) packs.set(packId.toString("hex"), bytes);
    await visitAll(survey, manifests);
  }
  report.faultCount = survey.faults.size;
  report.faults = [...survey.faults.values()].slice(0, LISTED_MAX);
  const damage = new Map<string, DamagedCollection[]>();
  if (report.faultCount > 0) {
    for (const [manifestId, manifest] of manifests) {
      const found = await findDamage(survey, manifest);
      if (found.length === 0) continue;
      damage.set(manifestId, found);
      report.affected.push(describeSnapshot(manifestId, manifest, found));
    }
  }
  countFaultsOfPacks(report, survey);
  report.ok = isWhole(report);
  return { report, damageOf: (manifestId) => damage.get(manifestId) ?? [] };
}

function isWhole(report: CheckReport): boolean {
  const { damagedPacks, damagedManifests, faultCount, indexProblemCount, spare } = report;
  return damagedPacks.length + damagedManifests.length + faultCount + indexProblemCount + spare.length === 0;
}

async function checkPacks(
  repository: Repository,
  report: CheckReport,
  options: CheckOptions,
): Promise<Map<string, number>> {
  const packs = new Map<string, number>();
  for await (const finding of surveyPacks(repository, options)) {
    if (finding.kind === "kept") continue;
    const { packId, bytes } =
      finding.kind === "damaged"
        ? finding.pack
        : { packId: finding.pack.packId.toString("hex"), bytes: finding.pack.storedBytes };
    packs.set(packId, bytes);
    report.packs += 1;
    report.packBytes += bytes;
    if (finding.kind === "damaged") report.damagedPacks.push({ ...finding.pack, affectedNodes: 0 });
    else await compareIndex(repository, finding.pack, report);
    options.onProgress?.({ step: "packs", done: report.packs, total: null, bytes: report.packBytes });
  }
  return packs;
}

/** An index may know a node in another pack; what it says about this pack must be what the pack says. */
async function compareIndex(repository: Repository, pack: PackRecord, report: CheckReport): Promise<void> {
  const packId = pack.packId.toString("hex");
  report.nodesListed += pack.nodes.length;
  for (let at = 0; at < pack.nodes.length; at += LOOKUP_BATCH_MAX) {
    const batch = pack.nodes.slice(at, at + LOOKUP_BATCH_MAX);
    const known = await repository.index.lookup(batch.map(({ nodeId }) => nodeId));
    for (const { nodeId, offset, storedBytes, contentBytes } of batch) {
      const place = known.get(nodeId.toString("hex"));
      if (place && !place.packId.equals(pack.packId)) continue;
      const same = place?.offset === offset && place.storedBytes === storedBytes && place.contentBytes === contentBytes;
      if (same) continue;
      report.indexProblemCount += 1;
      const message = place
        ? "the index has another place in this pack than its own list"
        : "the index does not know it";
      if (report.indexProblems.length < LISTED_MAX)
        report.indexProblems.push({ nodeId: nodeId.toString("hex"), packId, message });
    }
  }
}

async function readManifests(
  repository: Repository,
  manifestIds: readonly string[],
  report: CheckReport,
  options: CheckOptions,
): Promise<Map<string, SnapshotManifest>> {
  const manifests = new Map<string, SnapshotManifest>();
  for (const manifestId of manifestIds) {
    options.signal.throwIfAborted();
    try {
      manifests.set(manifestId, await repository.readManifest(manifestId));
      report.snapshots += 1;
    } catch (error) {
      // Removed since it was listed: expiry goes on beside a check.
      if (isDomainError(error, "MANIFEST_NOT_FOUND")) continue;
      if (!isDomainError(error, "MANIFEST_CORRUPT") && !isDomainError(error, "REPOSITORY_FORMAT_UNKNOWN")) throw error;
      report.damagedManifests.push({ manifestId, code: error.code, message: error.message });
    }
    options.onProgress?.({ step: "snapshots", done: report.snapshots, total: null, bytes: 0 });
  }
  return manifests;
}

async function listManifestIds(repository: Repository): Promise<string[]> {
  const ids: string[] = [];
  for await (const manifestId of repository.listManifests()) ids.push(manifestId);
  return ids;
}

async function visitAll(survey: NodeSurvey, manifests: ReadonlyMap<string, SnapshotManifest>): Promise<void> {
  const roots = [...manifests.values()].flatMap(rootsOf);
  const seen = new Set<string>();
  const queue = roots.filter((root) => {
    const name = `${root.id?.toString("hex")} ${root.documents} ${root.tombstones} ${root.bytes} ${root.height}`;
    return root.id !== null && !seen.has(name) && seen.add(name);
  });
  const next = queue[Symbol.iterator]();
  const work = async () => {
    for (const root of next) await survey.visit(root);
  };
  await Promise.all(Array.from({ length: TREES_AT_ONCE }, work));
}

/** A pack whose list is lost takes along what only it held: the faults that name it. */
function countFaultsOfPacks(report: CheckReport, survey: NodeSurvey): void {
  const byPack = new Map<string, number>();
  for (const { packId } of survey.faults.values()) if (packId) byPack.set(packId, (byPack.get(packId) ?? 0) + 1);
  for (const pack of report.damagedPacks) pack.affectedNodes = byPack.get(pack.packId) ?? 0;
}
