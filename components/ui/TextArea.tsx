"use client";

import { useId, type ComponentProps } from "react";
import { classNames } from "./class-names";
import { describedBy, FieldParts, type FieldFrame } from "./Field";

type TextAreaProps = FieldFrame & Omit<ComponentProps<"textarea">, "id"> & { mono?: boolean };

export function TextArea({ label, hint, error, aside, mono, className, ...rest }: TextAreaProps) {
  const id = useId();
  return (
    <FieldParts id={id} label={label} hint={hint} error={error} aside={aside}>
      <textarea
        {...rest}
        id={id}
        className={classNames("field area", mono && "m", className)}
        {...describedBy(id, hint, error)}
      />
    </FieldParts>
  );
}
