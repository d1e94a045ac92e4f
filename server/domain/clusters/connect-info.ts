import type { ProjectScope } from "@/server/access/require-permission";
import { ConnectionString } from "mongodb-connection-string-url";
import { unseal } from "@/server/platform/crypto";
import { db, type ClusterModel } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { getCluster } from "./find-cluster";
import { CONNECTION_PURPOSE, EMBEDDED_HOST } from "./open-deployment";
import type { ConnectInfo, DumpCommands } from "./schema";

const USER = "<username>";
const PASSWORD = "<password>";

/** The cluster's address with placeholders in place of user and password. */
async function addressOf(cluster: ClusterModel): Promise<string> {
  const embedded = await db().embeddedDeployment.findUnique({ where: { clusterId: cluster.id } });
  if (embedded)
    return `mongodb://${USER}:${PASSWORD}@${EMBEDDED_HOST}:${embedded.port}/?directConnection=true&authSource=admin`;
  if (!cluster.connectionSealed) throw new DomainError("CLUSTER_NOT_READY", { params: { clusterName: cluster.name } });
  const parsed = new ConnectionString(unseal(cluster.connectionSealed, CONNECTION_PURPOSE).toString("utf8"));
  parsed.username = "";
  parsed.password = "";
  return parsed.toString().replace(/^(mongodb(?:\+srv)?:\/\/)/, `$1${USER}:${PASSWORD}@`);
}

/** How to reach the cluster; people fill in a database user of their own. */
export async function getConnectInfo(project: ProjectScope, clusterId: string): Promise<ConnectInfo> {
  const connectionString = await addressOf(await getCluster(project, clusterId));
  return { connectionString, mongosh: `mongosh "${connectionString}"` };
}

/** The commands that back an M0 cluster up by hand, and bring it back. Anyone may read them for any tier. */
export async function getDumpCommands(project: ProjectScope, clusterId: string): Promise<DumpCommands> {
  const cluster = await getCluster(project, clusterId);
  const uri = await addressOf(cluster);
  const folder = `${cluster.name}-dump`;
  return {
    dump: `mongodump --uri "${uri}" --out ${folder}`,
    restore: `mongorestore --uri "${uri}" --drop ${folder}`,
    dumpArchive: `mongodump --uri "${uri}" --gzip --archive=${cluster.name}.archive.gz`,
    restoreArchive: `mongorestore --uri "${uri}" --drop --gzip --archive=${cluster.name}.archive.gz`,
    note: "Put your database user and password in place of the marks. --drop replaces collections that exist; leave it out to keep them.",
  };
}
