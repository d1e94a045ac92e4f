import type { ReactNode } from "react";

export interface Fact {
  label: string;
  value: ReactNode;
  unit?: string;
  note?: ReactNode;
}

/** The key facts of a page in one row. */
export function Facts({ facts, inPanel = false }: { facts: readonly Fact[]; inPanel?: boolean }) {
  return (
    <dl className={inPanel ? "facts in-panel" : "facts"}>
      {facts.map((fact) => (
        <div key={fact.label}>
          <dt>{fact.label}</dt>
          <dd>
            {fact.value}
            {fact.unit ? <span className="unit"> {fact.unit}</span> : null}
          </dd>
          {fact.note ? <dd className="sub">{fact.note}</dd> : null}
        </div>
      ))}
    </dl>
  );
}
