/**
 * Other people's programs on our doors: shells and drivers on the embedded server, an SDK on the Admin API, a server
 * that is not ours as a cluster. Run by `npm run test:interop`. What is not on the machine and cannot be installed is
 * skipped by name; the last line is "N passed, N failed, N skipped".
 */
import { startEmbeddedCluster, type EmbeddedCluster } from "./embedded";
import { startPortal, type Portal } from "./portal";
import { checkAtlasSdk } from "./programs/atlas-sdk";
import { checkGoDriver, checkMongosh, checkPymongo } from "./programs/drivers";
import { checkFerretDb } from "./programs/ferretdb";
import { checkMongoTools } from "./programs/mongo-tools";
import { Report } from "./report";

const report = new Report();

/** Runs the programs that need one thing; a program that cannot even begin has failed, the others still run. */
async function withResource<T extends { stop(): Promise<void> }>(
  name: string,
  start: () => Promise<T>,
  programs: Record<string, (report: Report, resource: T) => Promise<void>>,
): Promise<void> {
  let resource: T;
  try {
    resource = await start();
  } catch (error) {
    report.fail(name, "starts", error instanceof Error ? error.message : String(error));
    return;
  }
  try {
    for (const [program, check] of Object.entries(programs)) {
      try {
        await check(report, resource);
      } catch (error) {
        report.fail(program, "runs", error instanceof Error ? error.message : String(error));
      }
    }
  } finally {
    await resource.stop();
  }
}

const chosen = process.argv.slice(2);
const choose = <C>(programs: Record<string, C>): Record<string, C> =>
  Object.fromEntries(Object.entries(programs).filter(([name]) => chosen.length === 0 || chosen.includes(name)));

const onServer = choose({
  mongosh: checkMongosh,
  "go-driver": checkGoDriver,
  pymongo: checkPymongo,
  "mongo-tools": checkMongoTools,
});
const onPortal = choose({ "atlas-sdk": checkAtlasSdk, ferretdb: checkFerretDb });

if (Object.keys(onServer).length > 0) {
  await withResource<EmbeddedCluster>("embedded server", () => startEmbeddedCluster(), onServer);
}
if (Object.keys(onPortal).length > 0) await withResource<Portal>("portal", startPortal, onPortal);
process.exitCode = report.close() ? 0 : 1;
