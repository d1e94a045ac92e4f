import { join } from "node:path";
import type { EmbeddedCluster } from "../embedded";
import { buildGo, installMongosh, installPymongo } from "../install";
import { interopSource, run } from "../programs";
import type { Report } from "../report";

/** Programs that speak to the embedded server by nothing but a connection string. */
export async function checkMongosh(report: Report, cluster: EmbeddedCluster): Promise<void> {
  const mongosh = await installMongosh();
  if ("absent" in mongosh) return report.skip("mongosh", mongosh.absent);
  const script = join(interopSource, "scripts/mongosh.js");
  const args = [mongosh.program, cluster.uri, "--quiet", "--norc", "--file", script];
  report.adopt("mongosh", await run(process.execPath, args));
}

export async function checkGoDriver(report: Report, cluster: EmbeddedCluster): Promise<void> {
  const driver = await buildGo("go", "driver", "driver");
  if ("absent" in driver) return report.skip("Go driver", driver.absent);
  report.adopt("Go driver", await run(driver.program, [], { env: { MONGODB_URI: cluster.uri } }));
}

export async function checkPymongo(report: Report, cluster: EmbeddedCluster): Promise<void> {
  const pymongo = await installPymongo();
  if ("absent" in pymongo) return report.skip("pymongo", pymongo.absent);
  const { python, path } = pymongo.program;
  const env = { MONGODB_URI: cluster.uri, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: "1" };
  report.adopt("pymongo", await run(python, [join(interopSource, "scripts/pymongo_check.py")], { env }));
}
