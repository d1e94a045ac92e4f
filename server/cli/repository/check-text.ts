import type {
  AffectedCollection,
  AffectedDocuments,
  AffectedSnapshot,
  CheckReport,
} from "@/server/engine/repository/check/check-report";
import type { NodeFault } from "@/server/engine/repository/check/node-survey";
import { countWords, plural, sizeWords } from "../frame/words";

const SHOWN_MAX = 20;

/** A check's report for people. */
export function checkText(report: CheckReport): string {
  const looked = report.readData
    ? `${plural(report.nodes, "node")} read and verified, ${sizeWords(report.bytes)}`
    : `${plural(report.nodes, "node")} known, inner ones read; --read-data verifies all of them`;
  const lines = [
    `${plural(report.packs, "pack")}, ${sizeWords(report.packBytes)}; ${plural(report.snapshots, "snapshot")}.`,
    `${looked}.`,
  ];
  if (report.ok) return [...lines, "All is well."].join("\n");
  for (const pack of report.damagedPacks) lines.push(`${pack.code}: ${pack.message}`);
  for (const manifest of report.damagedManifests) lines.push(`${manifest.code}: ${manifest.message}`);
  lines.push(...faultsText(report));
  lines.push(
    ...shown(report.indexProblems, report.indexProblemCount, ({ nodeId, packId, message }) => {
      return `Index: node ${nodeId} of pack ${packId}: ${message}`;
    }),
  );
  for (const { message } of report.spare)
    lines.push(`Spare copy damaged, another pack holds the node whole: ${message}`);
  lines.push(...affectedText(report.affected));
  return lines.join("\n");
}

/** Faults of one pack together: a lost pack takes hundreds of nodes along. */
function faultsText({ faults, faultCount }: CheckReport): string[] {
  const groups = new Map<string, NodeFault[]>();
  for (const fault of faults) {
    const name = `${fault.code} ${fault.packId}`;
    groups.set(name, [...(groups.get(name) ?? []), fault]);
  }
  const lines = [...groups.values()].map(([first, ...others]) => {
    const more = others.length > 0 ? `, and ${plural(others.length, "more node")} of the same pack` : "";
    return `${first!.code}: ${first!.message}${more}`;
  });
  const untold = faultCount - faults.length;
  return shown(untold > 0 ? [...lines, `… and ${plural(untold, "more node")}`] : lines, lines.length, (line) => line);
}

/** Which snapshots, collections and documents damage affects. */
export function affectedText(affected: readonly AffectedSnapshot[]): string[] {
  if (affected.length === 0) return ["No snapshot is affected by damaged nodes."];
  return affected.flatMap(({ snapshotId, cluster, takenAt, collections }) => [
    `Snapshot ${snapshotId} of ${cluster}, taken at ${takenAt}:`,
    ...collections.flatMap(collectionText),
  ]);
}

export function collectionText({ namespace, documents, of, ranges }: AffectedCollection): string[] {
  return [
    `  ${namespace}: ${countWords(documents)} of ${plural(of, "document")} affected`,
    ...shown(joined(ranges), joined(ranges).length, (range) => `    ${rangeText(range)}`),
  ];
}

/** Damaged parts that follow each other are one for a person. */
function joined(ranges: readonly AffectedDocuments[]): AffectedDocuments[] {
  const list: AffectedDocuments[] = [];
  for (const range of ranges) {
    const before = list.at(-1);
    if (before && before.layer === range.layer && before.lastId !== null && before.lastId === range.afterId) {
      list[list.length - 1] = { ...before, lastId: range.lastId, documents: before.documents + range.documents };
    } else list.push(range);
  }
  return list;
}

function rangeText({ documents, afterId, lastId, layer }: AffectedDocuments): string {
  const from = afterId === null ? "" : ` after ${afterId}`;
  const to = lastId === null ? "" : ` up to ${lastId}`;
  const where = from + to === "" ? " anywhere" : from + to;
  return `${plural(documents, "document")} with _id${where}${layer > 0 ? ` (changes of delta ${layer})` : ""}`;
}

function shown<T>(items: readonly T[], count: number, line: (item: T) => string): string[] {
  const lines = items.slice(0, SHOWN_MAX).map(line);
  return count > lines.length
    ? [...lines, `  … and ${countWords(count - lines.length)} more; --json has them.`]
    : lines;
}
