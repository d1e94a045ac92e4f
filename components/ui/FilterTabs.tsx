import Link from "next/link";
import { withParams, type Params } from "./query-string";

interface FilterTabsProps {
  name: string;
  label: string;
  options: ReadonlyArray<{ value: string; label: string }>;
  params: Params;
}

/** A choice of few values as a segmented control made of links. The first one means no filter. */
export function FilterTabs({ name, label, options, params }: FilterTabsProps) {
  const chosen = params[name] ?? "";
  return (
    <nav className="seg links" aria-label={label}>
      {options.map((option) => (
        <Link
          key={option.value}
          href={withParams(params, { [name]: option.value })}
          aria-current={option.value === chosen ? "true" : undefined}
          scroll={false}
        >
          {option.label}
        </Link>
      ))}
    </nav>
  );
}
