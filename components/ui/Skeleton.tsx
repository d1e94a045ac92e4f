export function Skeleton({ width, height = 12 }: { width: number | string; height?: number }) {
  return <span className="sk" style={{ width, height }} aria-hidden="true" />;
}
