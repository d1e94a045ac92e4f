import { DomainError } from "@/server/platform/errors/domain-error";

const INTERRUPTED = 130;

/**
 * A signal that Ctrl-C and SIGTERM abort, so that a command puts in order what it began. A second Ctrl-C ends the
 * process at once.
 */
export function signalForInterrupts(beforeMessage: () => void): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const onSignal = () => {
    beforeMessage();
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    process.stderr.write("Interrupted: putting things in order. Once more to stop at once.\n");
    controller.abort(new DomainError("RUN_CANCELLED", { message: "interrupted" }));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
