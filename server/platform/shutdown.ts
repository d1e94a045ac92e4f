import { once } from "./once";

/** How long requests under way may still take once the process was asked to end. */
const GRACE_MS = 3_000;

const controller = once("shutdown", () => new AbortController());

/**
 * Aborted when the process is asked to end. Whoever keeps a response open (an event stream) must end it then: an open
 * stream would keep the web process alive for ever.
 */
export function shutdownSignal(): AbortSignal {
  return controller().signal;
}

/**
 * Aborts `shutdownSignal()` at SIGTERM and SIGINT, and ends the process shortly after, whatever is still open. For
 * the web process; called once, from instrumentation.
 */
export function endStreamsOnShutdown(exit: (code: number) => void = (code) => process.exit(code)): void {
  const onSignal = () => {
    controller().abort();
    setTimeout(() => exit(0), GRACE_MS).unref();
  };
  process.once("SIGTERM", onSignal);
  process.once("SIGINT", onSignal);
}
