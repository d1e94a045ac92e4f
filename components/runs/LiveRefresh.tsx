"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { currentRunning, subscribeRunning } from "./running-store";

const AT_MOST_EVERY_MS = 2000;

/** Makes the page again when a run of the project changes, at most every two seconds: lists update themselves. */
export function LiveRefresh({ projectId }: { projectId: string }) {
  const router = useRouter();

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let seen: string | null = null;

    function look() {
      const now = JSON.stringify(currentRunning()?.filter((run) => run.projectId === projectId) ?? []);
      if (seen !== null && seen !== now) {
        timer ??= setTimeout(() => {
          timer = null;
          router.refresh();
        }, AT_MOST_EVERY_MS);
      }
      seen = now;
    }

    const unsubscribe = subscribeRunning(look);
    return () => {
      if (timer) clearTimeout(timer);
      unsubscribe();
    };
  }, [projectId, router]);

  return null;
}
