"use client";

import { useEffect, useRef, useState } from "react";
import { loadClient } from "@/components/trpc/load-client";
import { startLater, whileVisible } from "@/components/trpc/while-visible";
import type { RunView } from "@/server/domain/runs/schema";
import { isOver } from "./run-state";

interface LiveRun {
  run: RunView;
  /** When the stream was lost; null while it is there. */
  lostAt: Date | null;
}

/** A run as it is now: what the page came with, then every change the server sends. `ended` runs once, at its end. */
export function useRun(initial: RunView, ended: () => void): LiveRun {
  const [run, setRun] = useState(initial);
  const [lostAt, setLostAt] = useState<Date | null>(null);
  const onEnd = useRef(ended);
  useEffect(() => {
    onEnd.current = ended;
  });
  const { projectId, id } = initial;
  const over = isOver(run);

  useEffect(() => {
    if (over) return;
    const lost = () => setLostAt((before) => before ?? new Date());

    async function open(): Promise<() => void> {
      const client = await loadClient();
      const subscription = client.runs.watch.subscribe(
        { projectId, runId: id },
        {
          onData: ({ data }) => {
            setRun(data);
            setLostAt(null);
            if (isOver(data)) onEnd.current();
          },
          onConnectionStateChange: (change) => {
            if (change.state === "connecting" && change.error) lost();
            if (change.state === "pending") setLostAt(null);
          },
          onError: lost,
        },
      );
      return () => subscription.unsubscribe();
    }

    return whileVisible(() => startLater(open));
  }, [projectId, id, over]);

  return { run, lostAt };
}
