import type { ReactNode } from "react";

interface SectionProps {
  /** Also the id of its heading. */
  id: string;
  title: string;
  count?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
}

export function Section({ id, title, count, aside, children }: SectionProps) {
  return (
    <section className="sec" aria-labelledby={id}>
      <div className="sec-h">
        <h2 id={id}>{title}</h2>
        {count === undefined ? null : <span className="t3">{count}</span>}
        {aside ? <span className="push">{aside}</span> : null}
      </div>
      {children}
    </section>
  );
}
