import { describe, expect, it } from "vitest";
import { verdictSentence, withoutBackupsNote } from "./verdict";

const verdict = (withBackups: number, restorable: number, needsYou: number) =>
  verdictSentence({ clusters: withBackups, withBackups, restorable, provenLast7Days: 0, needsYou, withoutBackups: [] });

describe("the verdict on a project", () => {
  it.each([
    [7, 7, 3, "Every cluster with backups can be restored. Three things need you."],
    [7, 7, 0, "Every cluster with backups can be restored. Nothing needs you."],
    [7, 5, 1, "5 of 7 clusters with backups can be restored. One thing needs you."],
    [2, 0, 12, "No cluster can be restored yet. 12 things need you."],
    [0, 0, 0, "No cluster here has backups. Nothing needs you."],
  ])("with %d clusters, %d restorable and %d needs says so", (all, restorable, needs, words) => {
    expect(verdict(all, restorable, needs)).toBe(words);
  });

  it("names the clusters without backups while they are few", () => {
    expect([[], ["a"], ["a", "b"], ["a", "b", "c", "d"]].map(withoutBackupsNote)).toEqual([
      "Every cluster has backups",
      "a has no backups",
      "a and b have no backups",
      "4 clusters have no backups",
    ]);
  });
});
