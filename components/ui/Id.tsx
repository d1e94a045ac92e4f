import { CopyButton } from "./CopyButton";

/** An id; copies whole, also where it is shortened. */
export function Id({ id, short = false, what = "id" }: { id: string; short?: boolean; what?: string }) {
  return (
    <span className="id" title={id}>
      {short && id.length > 16 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id}
      <CopyButton text={id} label={`Copy ${what}`} />
    </span>
  );
}
