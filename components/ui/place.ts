const GAP = 6;
const EDGE = 8;

/** Puts a floating box under its anchor, or over it where there is no room, inside the window. */
export function placeBelow(box: HTMLElement, anchor: DOMRect, align: "start" | "end" = "start"): void {
  const { width, height } = box.getBoundingClientRect();
  const wanted = align === "start" ? anchor.left : anchor.right - width;
  const left = Math.max(EDGE, Math.min(wanted, window.innerWidth - width - EDGE));
  const below = anchor.bottom + GAP;
  const above = anchor.top - GAP - height;
  const top = below + height > window.innerHeight - EDGE && above > EDGE ? above : below;
  box.style.left = `${left}px`;
  box.style.top = `${top}px`;
}
