import { tracked, TRPCError } from "@trpc/server";
import { RUN_CHANGED_CHANNEL } from "@/server/jobs/definitions/wake-run";
import { listen } from "@/server/platform/postgres";
import { shutdownSignal } from "@/server/platform/shutdown";

/** A stream sends at most this often, whatever changes how fast. */
const SEND_EVERY_MS = 500;
/** How often a stream asks again whether its reader may still read. */
const ASK_AGAIN_EVERY_MS = 30_000;

interface WatchOptions<T> {
  signal: AbortSignal | undefined;
  /** Whether a notification's payload (`<projectId> <runId>`) concerns this stream. */
  concerns(projectId: string, runId: string): boolean;
  read(): Promise<T>;
  /** Throws when the reader may no longer read. */
  assertAllowed(): Promise<void>;
}

/**
 * Sends the value now and again after each change, until the client goes. What changes between two sends is sent once;
 * after a lost database connection it is sent again, since something may have been missed.
 */
export async function* watchRuns<T>(options: WatchOptions<T>) {
  const ended = AbortSignal.any([shutdownSignal(), ...(options.signal ? [options.signal] : [])]);
  let isChanged = true;
  let wake: () => void = () => undefined;
  const change = () => {
    isChanged = true;
    wake();
  };
  const unlisten = await listen(RUN_CHANGED_CHANNEL, (payload) => {
    const [projectId = "", runId = ""] = payload?.split(" ") ?? [];
    if (payload === null || options.concerns(projectId, runId)) change();
  });
  const onEnd = () => wake();
  ended.addEventListener("abort", onEnd);
  let askedAt = performance.now();
  try {
    for (let sent = 0; !ended.aborted;) {
      if (isChanged) {
        isChanged = false;
        yield tracked(String(++sent), await options.read());
        await pause(SEND_EVERY_MS, ended);
      } else {
        await Promise.race([pause(ASK_AGAIN_EVERY_MS, ended), new Promise<void>((resolve) => (wake = resolve))]);
      }
      if (performance.now() - askedAt > ASK_AGAIN_EVERY_MS) {
        askedAt = performance.now();
        await options.assertAllowed();
      }
    }
    // An error, so that clients come back; a plain end would tell them that all was sent.
    if (shutdownSignal().aborted) throw new TRPCError({ code: "SERVICE_UNAVAILABLE", message: "stopping" });
  } finally {
    ended.removeEventListener("abort", onEnd);
    unlisten();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    timer.unref();
    signal.addEventListener("abort", done);
  });
}
