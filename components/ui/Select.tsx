"use client";

import { useId, type ComponentProps } from "react";
import { classNames } from "./class-names";
import { describedBy, FieldParts, type FieldFrame } from "./Field";

export interface SelectOption {
  value: string;
  label: string;
  disabled?: boolean;
}

type SelectProps = FieldFrame &
  Omit<ComponentProps<"select">, "id" | "children"> & { options: readonly SelectOption[] };

/** The browser's own select: right on every device and for every reader. */
export function Select({ label, hint, error, aside, options, className, ...rest }: SelectProps) {
  const id = useId();
  return (
    <FieldParts id={id} label={label} hint={hint} error={error} aside={aside}>
      <select {...rest} id={id} className={classNames("field", className)} {...describedBy(id, hint, error)}>
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
    </FieldParts>
  );
}
