import { buildGo } from "../install";
import type { Demo, Portal } from "../portal";
import { run } from "../programs";
import type { Report } from "../report";

/** The Go SDK drives project, cluster, snapshot and restore against the running portal. */
export async function checkAtlasSdk(report: Report, portal: Portal): Promise<void> {
  const sdk = await buildGo("go", "sdk", "sdk");
  if ("absent" in sdk) return report.skip("Atlas Go SDK", sdk.absent);
  const { demo } = portal;
  // Staging: dedicated, on the release that the new cluster gets, and small.
  const source = findCluster(demo, (cluster) => cluster.tier === "M10" && cluster.mongoDBVersion.startsWith("8.0"));
  const flex = findCluster(demo, (cluster) => cluster.tier === "FLEX");
  const env = {
    PORTAL_URL: demo.url,
    PUBLIC_KEY: demo.api.publicKey,
    PRIVATE_KEY: demo.api.privateKey,
    ORG_ID: demo.api.orgId,
    SOURCE_GROUP: source.groupId,
    SOURCE_CLUSTER: source.name,
    SOURCE_URI: source.connectionString,
    FLEX_GROUP: flex.groupId,
    FLEX_CLUSTER: flex.name,
  };
  report.adopt("Atlas Go SDK", await run(sdk.program, [], { env, timeoutMs: 200_000 }));
}

function findCluster(demo: Demo, is: (cluster: Demo["clusters"][number]) => boolean): Demo["clusters"][number] {
  const cluster = demo.clusters.find(is);
  if (!cluster) throw new Error("the demo has no such cluster");
  return cluster;
}
