import { listWords, plural } from "@/components/format/numbers";
import type { NeedsYou, ProjectOverview } from "@/server/domain/projects/schema";

const SMALL = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"] as const;

/** The state of a project as a sentence: can everything be restored, and does anything need the reader. */
export function verdictSentence({ withBackups, restorable, needsYou }: ProjectOverview["verdict"]): string {
  return `${restorableSentence(withBackups, restorable)} ${needsSentence(needsYou)}`;
}

function restorableSentence(withBackups: number, restorable: number): string {
  if (withBackups === 0) return "No cluster here has backups.";
  if (restorable === withBackups) return "Every cluster with backups can be restored.";
  if (restorable === 0) return "No cluster can be restored yet.";
  return `${restorable} of ${withBackups} clusters with backups can be restored.`;
}

function needsSentence(count: number): string {
  if (count === 0) return "Nothing needs you.";
  const word = SMALL[count] ?? String(count);
  return count === 1 ? "One thing needs you." : `${word} things need you.`;
}

/** "checkout-scratch is M0: no backups" */
export function withoutBackupsNote(names: readonly string[]): string {
  if (names.length === 0) return "Every cluster has backups";
  if (names.length === 1) return `${names[0]} has no backups`;
  return names.length <= 3
    ? `${listWords(names)} have no backups`
    : `${plural(names.length, "cluster")} have no backups`;
}

/** What needs the reader: the point first, then what it means. */
export function needWords(need: NeedsYou): { point: string; meaning: string } {
  const name = need.cluster.name;
  switch (need.kind) {
    case "snapshotFailed":
      return {
        point: `${name}: the last snapshot failed.`,
        meaning: need.message ?? "Its page says why. Older snapshots are unharmed.",
      };
    case "noSnapshot":
      return { point: `${name} has no snapshot.`, meaning: "It cannot be restored before the first one is complete." };
    case "neverProven":
      return {
        point: `${name} has never been proven.`,
        meaning: `${plural(need.count ?? 0, "snapshot")}, none read back by a restore so far.`,
      };
    case "unreachable":
      return {
        point: `${name} does not answer.`,
        meaning: need.message ?? "No snapshot can be taken until it does. Stored ones are unharmed.",
      };
    case "notConnected":
      return {
        point: `${name} is not connected.`,
        meaning: "It is known from its snapshots. Connect it again to take new ones and to restore into it.",
      };
    case "notConsistent":
      return {
        point: `The last snapshot of ${name} may not be consistent.`,
        meaning: need.message ?? "Its server cannot give one moment for all collections.",
      };
    case "restoreFailed":
      return {
        point: `The last restore into ${name} failed.`,
        meaning: need.message ?? "The cluster is as it was before.",
      };
  }
}
