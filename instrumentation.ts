/** Runs once when the web process starts. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { endStreamsOnShutdown } = await import("./server/platform/shutdown");
  const { believeConnections } = await import("./server/platform/client-address");
  const { env } = await import("./server/platform/env");
  endStreamsOnShutdown();
  if (!env.trustProxy) believeConnections();
}
