/** Words alone are a plain head; `num` stands over numbers, `sr` is only read aloud. */
type ColumnHead = string | { num: string } | { sr: string };

interface TableHeadProps {
  /** From the left; null is a column that is not shown this time. */
  columns: ReadonlyArray<ColumnHead | null>;
  /** The last column, of buttons, has this name for those who hear the table. */
  act?: string;
}

export function TableHead({ columns, act }: TableHeadProps) {
  return (
    <thead>
      <tr>
        {columns.map((column, place) => (column === null ? null : <Head key={place} column={column} />))}
        {act ? (
          <th className="act">
            <span className="sr">{act}</span>
          </th>
        ) : null}
      </tr>
    </thead>
  );
}

function Head({ column }: { column: ColumnHead }) {
  if (typeof column === "string") return <th>{column}</th>;
  if ("num" in column) return <th className="num">{column.num}</th>;
  return (
    <th>
      <span className="sr">{column.sr}</span>
    </th>
  );
}
