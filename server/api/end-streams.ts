import { TRPCError } from "@trpc/server";
import { once } from "@/server/platform/once";

/** An open stream keeps the web server alive; this long it may take to end them all. */
const EXIT_AFTER_MS = 3_000;

const stopping = once("web-stopping", () => new AbortController());

/** Aborted when the web server is told to stop. */
export function stoppingSignal(): AbortSignal {
  return stopping().signal;
}

/** What ends a stream then: an error, so that clients come back; a plain end would tell them that all was sent. */
export function stoppingError(): TRPCError {
  return new TRPCError({ code: "SERVICE_UNAVAILABLE", message: "the web server is stopping" });
}

/** For the web process: ends every stream when it is told to stop, then the process. */
export const endStreamsOnStop: () => true = once("end-streams", () => {
  const stop = () => {
    stopping().abort();
    setTimeout(() => process.exit(0), EXIT_AFTER_MS).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  return true as const;
});
