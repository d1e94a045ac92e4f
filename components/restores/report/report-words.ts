import { storedWords } from "@/components/errors/messages";
import { formatCount } from "@/components/format/numbers";
import { utcLong } from "@/components/format/times";
import type { RestoreReport } from "@/server/domain/restores/schema";

/** The verdict of a report, as a sentence. */
export function reportVerdict(report: RestoreReport): string {
  const { source, target, outcome } = report;
  if (outcome === "proven") {
    const at = source.dataAt ? ` at ${utcLong(new Date(source.dataAt)).replace(/^.*, /, "")}` : "";
    return `Proven: ${target.cluster} equals ${source.cluster}${at}`;
  }
  return outcome === "failed" ? `Failed: ${target.cluster} is as it was` : `Cancelled: ${target.cluster} is as it was`;
}

/** What the verdict rests on. */
export function reportBasis(report: RestoreReport): string {
  const { totals, outcome, error } = report;
  if (outcome === "proven") {
    return `All ${formatCount(totals.documents)} documents and ${formatCount(totals.indexes)} indexes were read back and compared before they took the old ones' place.`;
  }
  if (outcome === "cancelled") return "The staged copy was removed and the lock released. Nothing else changed.";
  const why = error ? storedWords(error).body : "The run ended before its commit point.";
  return `${why} The staged copy was removed and the lock released.`;
}

/** A hash in groups of four, as it is read aloud. */
export function hashGroups(hash: string): string[] {
  return hash.match(/.{1,4}/g) ?? [];
}

/** "e289eaf6…92d0" */
export function shortHash(hash: string): string {
  return hash.length <= 16 ? hash : `${hash.slice(0, 8)}…${hash.slice(-4)}`;
}

export interface StepBar {
  name: string;
  startedAt: string | null;
  seconds: number | null;
  /** Percent of the whole run. */
  offset: number;
  width: number;
}

/** Each step's share of the whole time, for the bars. */
export function stepBars(steps: RestoreReport["steps"]): { bars: StepBar[]; totalSeconds: number } {
  const starts = steps.flatMap((step) => (step.startedAt === null ? [] : [Date.parse(step.startedAt)]));
  const first = Math.min(...starts);
  const ends = steps.flatMap((step) =>
    step.startedAt === null ? [] : [Date.parse(step.startedAt) + (step.seconds ?? 0) * 1000],
  );
  const total = starts.length === 0 ? 0 : Math.max(...ends) - first;
  const share = (ms: number) => (total === 0 ? 0 : Math.round((ms / total) * 1000) / 10);
  const bars = steps.map((step) => ({
    ...step,
    offset: step.startedAt === null ? 0 : share(Date.parse(step.startedAt) - first),
    width: share((step.seconds ?? 0) * 1000),
  }));
  return { bars, totalSeconds: total / 1000 };
}
