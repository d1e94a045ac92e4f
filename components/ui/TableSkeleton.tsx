import { Skeleton } from "./Skeleton";
import { TableHead } from "./TableHead";

const WIDTHS = [112, 72, 96, 64, 80];

/** A table whose head is there and whose values still come. */
export function TableSkeleton({ heads, rows = 6, label }: { heads: readonly string[]; rows?: number; label: string }) {
  return (
    <div className="panel" role="region" aria-label={label} aria-busy="true">
      <table className="stack table">
        <TableHead columns={heads} />
        <tbody>
          {Array.from({ length: rows }, (_, row) => (
            <tr key={row}>
              {heads.map((head, column) => (
                <td key={head} data-l={head}>
                  <Skeleton width={WIDTHS[(row + column) % WIDTHS.length] ?? 80} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
