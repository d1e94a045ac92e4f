import { shapeOf } from "./shapes";
import { SNAPSHOT_KINDS, type SnapshotKind } from "./snapshot-kind";

interface MarkProps {
  kind: SnapshotKind;
  /** Proven by a restore or a verification: gets the ring. */
  proven?: boolean;
}

/** A snapshot's mark in text: shape by kind, ring when proven. */
export function Mark({ kind, proven = false }: MarkProps) {
  return (
    <svg className="mk" viewBox="0 0 16 16" aria-hidden="true">
      <path className={kind === "FALLBACK" ? "mark-ghost" : "mark"} d={shapeOf(kind, 8, 8, 3.25)} />
      {proven ? <circle className="ring" cx="8" cy="8" r="7.25" /> : null}
    </svg>
  );
}

/** The mark with its word. */
export function KindLabel({ kind }: { kind: SnapshotKind }) {
  return (
    <span className="kind">
      <Mark kind={kind} />
      {SNAPSHOT_KINDS[kind]}
    </span>
  );
}
