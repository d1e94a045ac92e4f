import { parseArgs } from "node:util";
import ConnectionString from "mongodb-connection-string-url";
import { openDeployment } from "@/server/deployments/deployment";
import { releaseOwnLock } from "@/server/deployments/write-lock";

const usage = "Usage: holdfast unlock <connection string> [--run <id of the restore's run>]\n";

/**
 * Lifts Holdfast's own write block from a server when all else is gone: it needs neither the portal nor its database,
 * because owner and run are in a marker document on the server. A block that is not Holdfast's is left alone.
 */
export async function unlock(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { run: { type: "string" } }, allowPositionals: true });
  const [uri] = positionals;
  if (uri === undefined || positionals.length !== 1) {
    process.stderr.write(usage);
    return 2;
  }
  const shown = new ConnectionString(uri).redact().href;
  const deployment = openDeployment({ connectionString: uri, kind: "external" });
  try {
    const outcome = await releaseOwnLock(await deployment.client(), values.run ?? null);
    const words = {
      released: `${shown}: the write block of Holdfast is lifted, and the server says so.`,
      notLocked: `${shown}: writes are not blocked.`,
      notOurs: `${shown}: writes are blocked, but not by Holdfast${values.run ? " for that run" : ""}; nothing was changed.`,
    };
    process.stdout.write(`${words[outcome]}\n`);
    return outcome === "notOurs" ? 1 : 0;
  } finally {
    await deployment.close();
  }
}
