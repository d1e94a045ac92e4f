export interface EventLabel {
  x: number;
  label: string;
  /** On which side of its mark the words stand; null where there is no room for them. */
  side: "left" | "right" | null;
}

const LETTER_WIDTH = 6.4;
const GAP = 14;

/** Puts the words of events beside their marks so that none lies over another; what has no room keeps its mark. */
export function eventLabels(events: ReadonlyArray<{ x: number; label: string }>, right: number): EventLabel[] {
  const sorted = events.toSorted((a, b) => a.x - b.x);
  let taken = 0;
  return sorted.map(({ x, label }, index) => {
    const width = label.length * LETTER_WIDTH + GAP;
    const next = sorted[index + 1]?.x ?? right + GAP;
    if (x + width <= Math.min(next, right)) {
      taken = x + width;
      return { x, label, side: "right" };
    }
    if (x - width >= taken) {
      taken = x;
      return { x, label, side: "left" };
    }
    taken = Math.max(taken, x);
    return { x, label, side: null };
  });
}
