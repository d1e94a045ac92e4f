/** Round numbers from 0 to at least `most`, about `count` of them: the lines of a chart. */
export function gridOf(most: number, count = 4): number[] {
  if (most <= 0) return [0, 1];
  const rough = most / count;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 3, 5, 10].find((one) => one * magnitude >= rough) ?? 10;
  const step = factor * magnitude;
  const lines = Math.ceil(most / step);
  return Array.from({ length: lines + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

export interface Point {
  x: number;
  y: number;
}

/** A path through points. */
export function lineThrough(points: readonly Point[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

const round = (value: number) => Math.round(value * 10) / 10;
