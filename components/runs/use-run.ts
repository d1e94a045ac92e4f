"use client";

import { useEffect, useRef, useState } from "react";
import { loadClient } from "@/components/trpc/load-client";
import type { RunView } from "@/server/domain/runs/schema";

interface LiveRun {
  run: RunView;
  /** When the stream was lost; null while it is there. */
  lostAt: Date | null;
}

/** A run as it is now: what the page came with, then every change that the server sends. `ended` runs once, at its end. */
export function useRun(initial: RunView, ended: () => void): LiveRun {
  const [run, setRun] = useState(initial);
  const [lostAt, setLostAt] = useState<Date | null>(null);
  const onEnd = useRef(ended);
  useEffect(() => {
    onEnd.current = ended;
  });
  const { projectId, id } = initial;
  const live = initial.status === "QUEUED" || initial.status === "RUNNING";

  useEffect(() => {
    if (!live) return;
    let stop: (() => void) | null = null;
    let gone = false;
    void loadClient().then((client) => {
      if (gone) return;
      const subscription = client.runs.watch.subscribe(
        { projectId, runId: id },
        {
          onData: ({ data }) => {
            setRun(data);
            setLostAt(null);
            if (data.status !== "QUEUED" && data.status !== "RUNNING") onEnd.current();
          },
          onConnectionStateChange: (state) => {
            if (state.state === "connecting" && state.error) setLostAt((before) => before ?? new Date());
            if (state.state === "pending") setLostAt(null);
          },
          onError: () => setLostAt((before) => before ?? new Date()),
        },
      );
      stop = () => subscription.unsubscribe();
    });
    return () => {
      gone = true;
      stop?.();
    };
  }, [projectId, id, live]);

  return { run, lostAt };
}
