import type { TimelineView } from "@/server/domain/snapshots/schema";

export type TimelineMark = TimelineView["marks"][number];
export type TimelineEvent = TimelineView["events"][number];

/** Places in the picture, in its own units: 1142 wide as the marks were drawn. */
export const PICTURE = { width: 1142, left: 88, right: 1106 } as const;

export const timeOf = (mark: TimelineMark): number => mark.at.getTime();

/** The mark nearest in time; null when there is none. */
export function nearestMark(marks: readonly TimelineMark[], at: number): TimelineMark | null {
  let best: TimelineMark | null = null;
  for (const mark of marks) {
    if (best === null || Math.abs(timeOf(mark) - at) < Math.abs(timeOf(best) - at)) best = mark;
  }
  return best;
}

/** What is said of a mark in one line. */
export function markState(mark: TimelineMark): string {
  if (mark.status === "FAILED") return "failed";
  if (mark.status === "CANCELLED") return "cancelled";
  if (mark.status !== "COMPLETED") return "being taken";
  const proof = mark.proven ? "proven by a restore" : mark.verified ? "verified" : "not proven yet";
  return mark.consistent ? proof : `${proof}, not consistent`;
}
