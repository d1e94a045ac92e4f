"use client";

import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";

/** Asks the server for the page's other values (lock, rights) whenever the run comes to another step. */
export function useRefreshAtStep(step: string | null): void {
  const router = useRouter();
  const seen = useRef(step);
  useEffect(() => {
    if (seen.current === step) return;
    seen.current = step;
    router.refresh();
  }, [step, router]);
}
