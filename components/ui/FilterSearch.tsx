"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, useRef, useTransition } from "react";
import { Icon } from "./Icon";
import { withParams } from "./query-string";

const PAUSE_MS = 300;

interface FilterSearchProps {
  name: string;
  label: string;
  placeholder: string;
}

/** A search field that lives in the address; the slash key goes to it. */
export function FilterSearch({ name, label, placeholder }: FilterSearchProps) {
  const router = useRouter();
  const params = useSearchParams();
  const [, startTransition] = useTransition();
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const typing =
        event.target instanceof HTMLElement && event.target.matches("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        field.current?.focus();
      }
    }
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
      clearTimeout(timer.current);
    };
  }, []);

  function search(text: string) {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      startTransition(() =>
        router.replace(withParams(Object.fromEntries(params), { [name]: text.trim() }), { scroll: false }),
      );
    }, PAUSE_MS);
  }

  return (
    <span className="with-icon search">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        className="field"
        aria-label={label}
        placeholder={placeholder}
        defaultValue={params.get(name) ?? ""}
        onChange={(event) => search(event.target.value)}
      />
    </span>
  );
}
