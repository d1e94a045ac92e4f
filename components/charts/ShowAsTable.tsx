"use client";

import { useState, type ReactNode } from "react";

interface ShowAsTableProps {
  id: string;
  title: string;
  chart: ReactNode;
  table: ReactNode;
}

/** A chart with the table behind it; one of them shows. */
export function ShowAsTable({ id, title, chart, table }: ShowAsTableProps) {
  const [asTable, setAsTable] = useState(false);
  return (
    <section className="sec" aria-labelledby={id}>
      <div className="sec-h">
        <h2 id={id}>{title}</h2>
        <button type="button" className="push link plain" aria-expanded={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "Show as chart" : "Show as table"}
        </button>
      </div>
      {asTable ? table : chart}
    </section>
  );
}
