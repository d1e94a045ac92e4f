"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { loadClient } from "@/components/trpc/load-client";

const AT_MOST_EVERY_MS = 2000;

/** Makes the page again when a run of the project changes, at most every two seconds: lists update themselves. */
export function LiveRefresh({ projectId }: { projectId: string }) {
  const router = useRouter();

  useEffect(() => {
    let stop: (() => void) | null = null;
    let timer: ReturnType<typeof setTimeout> | null = null;
    let gone = false;

    function refreshSoon() {
      timer ??= setTimeout(() => {
        timer = null;
        if (document.visibilityState === "visible") router.refresh();
      }, AT_MOST_EVERY_MS);
    }

    void loadClient().then((client) => {
      if (gone) return;
      const subscription = client.runs.watch.subscribe({ projectId }, { onData: refreshSoon });
      stop = () => subscription.unsubscribe();
    });
    return () => {
      gone = true;
      if (timer) clearTimeout(timer);
      stop?.();
    };
  }, [projectId, router]);

  return null;
}
