"use client";

import dynamic from "next/dynamic";
import { useEffect, useState } from "react";
import { Icon } from "@/components/ui/Icon";
import type { PaletteScope } from "./palette-items";

const Palette = dynamic(() => import("./Palette").then((module) => module.Palette), { ssr: false });

/** Opens the command palette; Ctrl K or Cmd K does so anywhere. The palette's code comes with its first opening. */
export function FindButton({ scope }: { scope: PaletteScope }) {
  const [open, setOpen] = useState(false);

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setOpen(true);
      }
    }
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  return (
    <>
      <button
        type="button"
        className="find"
        aria-haspopup="dialog"
        aria-keyshortcuts="Control+K Meta+K"
        onClick={() => setOpen(true)}
      >
        <Icon name="search" className="s" />
        <span>Search or jump to</span>
        <kbd>Ctrl K</kbd>
      </button>
      {open ? <Palette scope={scope} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
