"use client";

import { useRef, type ReactNode } from "react";
import { placeBelow } from "./place";

interface TooltipProps {
  /** The control inside names it in aria-describedby. */
  id: string;
  text: ReactNode;
  children: ReactNode;
}

/** Words that belong to a control, on hover, focus and touch; always read out with it. Escape hides them. */
export function Tooltip({ id, text, children }: TooltipProps) {
  const anchor = useRef<HTMLSpanElement>(null);
  const body = useRef<HTMLSpanElement>(null);

  function show() {
    if (!body.current || !anchor.current || body.current.matches(":popover-open")) return;
    body.current.showPopover();
    placeBelow(body.current, anchor.current.getBoundingClientRect());
  }

  function hide() {
    if (body.current?.matches(":popover-open")) body.current.hidePopover();
  }

  return (
    <span
      ref={anchor}
      className="tip-for"
      onPointerEnter={show}
      onPointerLeave={hide}
      onFocus={show}
      onBlur={hide}
      onClick={show}
      onKeyDown={(event) => event.key === "Escape" && hide()}
    >
      {children}
      <span ref={body} id={id} role="tooltip" popover="manual" className="tip">
        {text}
      </span>
    </span>
  );
}
