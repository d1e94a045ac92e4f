"use client";

import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { placeBelow } from "./place";

interface MenuProps {
  label: string;
  /** Content of the button that opens it. */
  trigger: ReactNode;
  triggerClass?: string;
  align?: "start" | "end";
  children: ReactNode;
}

const ITEMS = '[role="menuitem"], [role="menuitemradio"]';

/** A button with a menu: arrows, Home and End move, Escape closes, a click outside too. Items: MenuItem, MenuLink. */
export function Menu({ label, trigger, triggerClass = "btn quiet icon", align = "end", children }: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);

  // The items are there only while the menu is open, so it is placed when they are.
  useLayoutEffect(() => {
    if (!open || !list.current || !button.current) return;
    placeBelow(list.current, button.current.getBoundingClientRect(), align);
    list.current.querySelector<HTMLElement>(ITEMS)?.focus();
  }, [open, align]);

  function move(event: KeyboardEvent<HTMLDivElement>) {
    const items = [...(list.current?.querySelectorAll<HTMLElement>(ITEMS) ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab") list.current?.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    items.at(next % items.length)?.focus();
  }

  return (
    <>
      <button
        ref={button}
        type="button"
        className={triggerClass}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        popoverTarget={id}
      >
        {trigger}
      </button>
      <div
        ref={list}
        id={id}
        role="menu"
        aria-label={label}
        popover="auto"
        className="menu"
        onKeyDown={move}
        onClick={(event) => {
          if (event.target instanceof Element && event.target.closest(`:is(${ITEMS}):not([aria-disabled])`))
            list.current?.hidePopover();
        }}
        onToggle={(event) => {
          setOpen(event.newState === "open");
        }}
      >
        {open ? children : null}
      </div>
    </>
  );
}
