"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

/** Makes the page again when the reader comes back to it. */
export function RefreshOnFocus() {
  const router = useRouter();
  useEffect(() => {
    const refresh = () => router.refresh();
    window.addEventListener("focus", refresh);
    return () => window.removeEventListener("focus", refresh);
  }, [router]);
  return null;
}
