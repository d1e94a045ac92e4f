"use client";

import { useId, type ComponentProps, type ReactNode } from "react";
import { classNames } from "./class-names";
import { Icon } from "./Icon";

export interface FieldFrame {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  aside?: ReactNode;
}

type FieldProps = FieldFrame & Omit<ComponentProps<"input">, "id"> & { big?: boolean; mono?: boolean };

/** A labelled input; its hint and its error are read with it. */
export function Field({ label, hint, error, aside, big, mono, className, ...rest }: FieldProps) {
  const id = useId();
  return (
    <FieldParts id={id} label={label} hint={hint} error={error} aside={aside}>
      <input
        {...rest}
        id={id}
        className={classNames("field", big && "big", mono && "m", className)}
        {...describedBy(id, hint, error)}
      />
    </FieldParts>
  );
}

/** The attributes that tie a control to its hint and error. */
export function describedBy(id: string, hint: ReactNode, error: ReactNode) {
  const ids = classNames(hint ? `${id}-hint` : null, error ? `${id}-error` : null);
  return { "aria-describedby": ids, "aria-invalid": error ? true : undefined };
}

export function FieldParts({
  id,
  label,
  hint,
  error,
  aside,
  children,
}: FieldFrame & { id: string; children: ReactNode }) {
  return (
    <div>
      <div className="row">
        <label className="label" htmlFor={id}>
          {label}
        </label>
        {aside}
      </div>
      {children}
      {hint ? (
        <span className="sub mt-1" id={`${id}-hint`}>
          {hint}
        </span>
      ) : null}
      <span id={`${id}-error`} role="alert">
        {error ? (
          <span className="err">
            <Icon name="octagon-x" className="s" />
            {error}
          </span>
        ) : null}
      </span>
    </div>
  );
}
