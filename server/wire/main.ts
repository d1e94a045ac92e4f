import { createInterface } from "node:readline";
import { ServerConfig } from "./runtime/config";
import { startServer } from "./server";

/**
 * One embedded cluster as a process of its own. The configuration comes as one line of JSON on stdin, never on the
 * command line, because it holds a password. Prints `ready <port>`; ends cleanly on SIGTERM, SIGINT and the end of
 * stdin, so that it never outlives whoever started it.
 */
async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const inputEnded = new Promise<void>((resolve) => lines.once("close", resolve));
  const first = await lines[Symbol.asyncIterator]().next();
  if (first.done) throw new Error("expected a configuration as one line of JSON on stdin");
  const config = ServerConfig.parse(JSON.parse(first.value));
  const server = await startServer(config);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.stdout.write(`ready ${server.port}\n`);
  void inputEnded.then(stop);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
