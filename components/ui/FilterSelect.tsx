"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { useId, useTransition } from "react";
import { classNames } from "./class-names";
import { Icon } from "./Icon";
import { withParams } from "./query-string";

interface FilterSelectProps {
  /** The parameter in the address. */
  name: string;
  label: string;
  options: ReadonlyArray<{ value: string; label: string }>;
  /** The word when nothing is chosen. */
  any?: string;
}

/** A filter that lives in the address: shareable, and Back undoes it. */
export function FilterSelect({ name, label, options, any = "any" }: FilterSelectProps) {
  const id = useId();
  const router = useRouter();
  const params = useSearchParams();
  const [pending, startTransition] = useTransition();
  const value = params.get(name) ?? "";

  function choose(next: string) {
    startTransition(() => router.push(withParams(Object.fromEntries(params), { [name]: next }), { scroll: false }));
  }

  return (
    <span className={classNames("pick", value && "on")} aria-busy={pending || undefined}>
      <label htmlFor={id}>
        <span>{label}:</span>
      </label>
      <span className="pick-s">
        <select id={id} value={value} onChange={(event) => choose(event.target.value)}>
          <option value="">{any}</option>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      </span>
      <Icon name="chevron-down" className="s" />
    </span>
  );
}
