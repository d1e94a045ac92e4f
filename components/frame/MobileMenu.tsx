"use client";

import { useEffect, useRef, type ReactNode } from "react";
import { usePathname } from "next/navigation";
import { IconButton } from "@/components/ui/IconButton";

/** Below 1120 px: a button that opens the rail as a sheet. Going to another page closes it. */
export function MobileMenu({ children }: { children: ReactNode }) {
  const sheet = useRef<HTMLDialogElement>(null);
  const pathname = usePathname();

  useEffect(() => sheet.current?.close(), [pathname]);

  return (
    <>
      <IconButton icon="menu" label="Open menu" className="only-s" onClick={() => sheet.current?.showModal()} />
      <dialog
        ref={sheet}
        className="sheet"
        aria-label="Sections"
        onClick={(event) => event.target === sheet.current && sheet.current.close()}
      >
        <nav aria-label="Sections">{children}</nav>
      </dialog>
    </>
  );
}
