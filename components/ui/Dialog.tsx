"use client";

import { useEffect, useId, useRef, type ReactNode } from "react";

interface DialogProps {
  title: string;
  onClose: () => void;
  /** What stands at the foot: the safe button first. */
  footer: ReactNode;
  onSubmit?: () => void;
  children: ReactNode;
}

/**
 * A modal dialog; rendered only while it is open. The element with `autoFocus` gets the focus (the safe button in a
 * dangerous one), Escape closes, and the focus goes back to where it was.
 */
export function Dialog({ title, onClose, footer, onSubmit, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();

  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    element?.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
      >
        <div className="dialog-h">
          <h2 id={heading}>{title}</h2>
        </div>
        <div className="dialog-b">{children}</div>
        <div className="dialog-f">{footer}</div>
      </form>
    </dialog>
  );
}
