"use client";

import { useEffect, useState } from "react";
import { loadClient } from "@/components/trpc/load-client";
import { resultItems, type PaletteItem } from "./palette-items";

const PAUSE_MS = 150;
const NONE: readonly PaletteItem[] = [];

/** What the server finds for the text, after a short pause in typing; the last answer stays until the next is there. */
export function useSearch(organizationId: string | null, text: string): readonly PaletteItem[] {
  const [found, setFound] = useState<{ text: string; items: readonly PaletteItem[] }>({ text: "", items: NONE });
  const wanted = text.trim();

  useEffect(() => {
    if (organizationId === null || wanted === "") return;
    let gone = false;
    const timer = setTimeout(async () => {
      try {
        const client = await loadClient();
        const results = await client.search.all.query({ orgId: organizationId, text: wanted });
        if (!gone) setFound({ text: wanted, items: resultItems(results, organizationId) });
      } catch {
        if (!gone) setFound({ text: wanted, items: NONE });
      }
    }, PAUSE_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [organizationId, wanted]);

  return wanted === "" ? NONE : found.items;
}
