"use client";

import { useState } from "react";
import { Field } from "./Field";

/** How many letters of the name are still missing, in words; empty when it is right. */
export function missingLetters(typed: string, name: string): string {
  if (typed === name) return "";
  if (typed !== "" && name.startsWith(typed)) {
    const left = name.length - typed.length;
    return `${left} more ${left === 1 ? "letter" : "letters"}: ${name}`;
  }
  return typed === "" ? `The name is ${name}` : `This is not ${name}`;
}

interface ConfirmNameProps {
  label: string;
  name: string;
  onChange: (typed: string) => void;
}

/** The typed name before something dangerous. */
export function ConfirmName({ label, name, onChange }: ConfirmNameProps) {
  const [typed, setTyped] = useState("");
  return (
    <Field
      label={label}
      mono
      big
      autoComplete="off"
      spellCheck={false}
      value={typed}
      hint={missingLetters(typed, name) || "The name is right"}
      onChange={(event) => {
        setTyped(event.target.value);
        onChange(event.target.value);
      }}
    />
  );
}
