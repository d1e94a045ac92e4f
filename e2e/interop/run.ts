/**
 * Other people's programs on our doors: shells and drivers on the embedded server, an SDK on the Admin API, a server
 * that is not ours as a cluster, object stores under our drivers. Run by `npm run test:interop`. What is not on the machine and cannot be installed is
 * skipped by name; the last line is "N passed, N failed, N skipped".
 */
import { startEmbeddedCluster, type EmbeddedCluster } from "./embedded";
import { startPortal, type Portal } from "./portal";
import { checkAtlasSdk } from "./programs/atlas-sdk";
import { checkGoDriver, checkMongosh, checkPymongo } from "./programs/drivers";
import { checkFerretDb } from "./programs/ferretdb";
import { checkMongoTools } from "./programs/mongo-tools";
import { checkFakeGcs, checkMinio, checkVersitygw } from "./programs/object-stores";
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
const left = (process.env.HOLDFAST_INTEROP_SKIP ?? "").split(",").map((name) => name.trim());

/** The programs that were named, or all but those to be left out. */
function choose<C>(programs: Record<string, C>): Record<string, C> {
  const wanted = Object.entries(programs).filter(([name]) => chosen.length === 0 || chosen.includes(name));
  for (const [name] of wanted) if (left.includes(name)) report.skip(name, "HOLDFAST_INTEROP_SKIP names it");
  return Object.fromEntries(wanted.filter(([name]) => !left.includes(name)));
}

const onServer = choose({
  mongosh: checkMongosh,
  "go-driver": checkGoDriver,
  pymongo: checkPymongo,
  "mongo-tools": checkMongoTools,
});
const onPortal = choose({ "atlas-sdk": checkAtlasSdk, ferretdb: checkFerretDb });
const alone = choose({ versitygw: checkVersitygw, "fake-gcs-server": checkFakeGcs, minio: checkMinio });

if (Object.keys(onServer).length > 0) {
  await withResource<EmbeddedCluster>("embedded server", () => startEmbeddedCluster(), onServer);
}
if (Object.keys(onPortal).length > 0) await withResource<Portal>("portal", startPortal, onPortal);
if (Object.keys(alone).length > 0) {
  await withResource("object stores", () => Promise.resolve({ stop: () => Promise.resolve() }), alone);
}
process.exitCode = report.close() ? 0 : 1;
