import type { SnapshotKind } from "./snapshot-kind";

const at = (x: number, y: number) => `${Math.round(x * 100) / 100} ${Math.round(y * 100) / 100}`;

/** The outline of a kind of snapshot around a centre; `r` is half its size. The shape says the kind, never a colour. */
export function shapeOf(kind: SnapshotKind, x: number, y: number, r: number): string {
  switch (kind) {
    case "DAILY":
      return polygon(
        x,
        y,
        [
          [-0.86, -0.86],
          [0.86, -0.86],
          [0.86, 0.86],
          [-0.86, 0.86],
        ],
        r,
      );
    case "WEEKLY":
      return polygon(
        x,
        y,
        [
          [0, -1.25],
          [1.25, 0],
          [0, 1.25],
          [-1.25, 0],
        ],
        r,
      );
    case "MONTHLY":
      return polygon(
        x,
        y,
        [
          [0, -1.2],
          [1.04, -0.6],
          [1.04, 0.6],
          [0, 1.2],
          [-1.04, 0.6],
          [-1.04, -0.6],
        ],
        r,
      );
    case "YEARLY":
      return star(x, y, r * 1.35);
    case "ON_DEMAND":
      return polygon(
        x,
        y,
        [
          [0, -1.15],
          [1.2, 0.95],
          [-1.2, 0.95],
        ],
        r,
      );
    case "HOURLY":
    case "FALLBACK":
      return `M${at(x - r, y)}a${r} ${r} 0 1 0 ${r * 2} 0a${r} ${r} 0 1 0 ${-r * 2} 0Z`;
  }
}

function polygon(x: number, y: number, corners: ReadonlyArray<readonly [number, number]>, r: number): string {
  return `M${corners.map(([dx, dy]) => at(x + dx * r, y + dy * r)).join("L")}Z`;
}

function star(x: number, y: number, r: number): string {
  const points = Array.from({ length: 10 }, (_, index) => {
    const angle = (Math.PI / 5) * index - Math.PI / 2;
    const reach = index % 2 === 0 ? r : r * 0.45;
    return at(x + Math.cos(angle) * reach, y + Math.sin(angle) * reach);
  });
  return `M${points.join("L")}Z`;
}
