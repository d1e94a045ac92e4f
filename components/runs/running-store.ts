import { loadClient } from "@/components/trpc/load-client";
import { startLater, whileVisible } from "@/components/trpc/while-visible";
import type { RunSummary } from "@/server/domain/runs/schema";

type Listener = () => void;

/** What runs in all projects of the reader, as last sent; null before the first answer. One stream for a page. */
let running: readonly RunSummary[] | null = null;
let stop: (() => void) | null = null;
const listeners = new Set<Listener>();

export const currentRunning = (): readonly RunSummary[] | null => running;

export function subscribeRunning(listener: Listener): () => void {
  listeners.add(listener);
  stop ??= whileVisible(() => startLater(openStream));
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.();
    stop = null;
    running = null;
  };
}

async function openStream(): Promise<() => void> {
  const client = await loadClient();
  const subscription = client.runs.watchRunning.subscribe(
    {},
    {
      onData: ({ data }) => {
        running = data.runs;
        for (const listener of listeners) listener();
      },
    },
  );
  return () => subscription.unsubscribe();
}
