import type { Document, MongoClient } from "mongodb";
import { DomainError } from "@/server/platform/errors/domain-error";
import { findBypassingUsers } from "./bypassing-users";
import { toDeploymentError } from "./driver-errors";
import type { DeploymentFacts } from "./facts";
import { capabilityNotes } from "./notes";
import { readPrivileges } from "./privileges";
import { readSizes } from "./sizes";
import { readWriteBlock } from "./write-block";

/** The oldest series that snapshots and restores are made for. */
const OLDEST_VERSION = [4, 4] as const;
const SNAPSHOT_READS_SINCE_MAJOR = 5;
const WRITE_BLOCK_SINCE_MAJOR = 6;

/**
 * Reads from the server what checks need: real version and feature compatibility version, topology, identity,
 * privileges, write block, sizes, and what the server cannot do. Throws CLUSTER_UNREACHABLE,
 * CLUSTER_AUTHENTICATION_FAILED, CLUSTER_PRIVILEGE_MISSING (reading is not possible), CLUSTER_IS_MONGOS,
 * CLUSTER_VERSION_UNSUPPORTED.
 */
export async function inspectDeployment(client: MongoClient): Promise<DeploymentFacts> {
  try {
    return await inspect(client);
  } catch (error) {
    throw toDeploymentError(error, "inspect the deployment");
  }
}

async function inspect(client: MongoClient): Promise<DeploymentFacts> {
  const admin = client.db("admin");
  const hello = await admin.command({ hello: 1 });
  if (hello.msg === "isdbgrid") {
    throw new DomainError("CLUSTER_IS_MONGOS", { message: "mongos: sharded clusters are not supported yet" });
  }
  const build = await admin.command({ buildInfo: 1 });
  const version = String(build.version);
  const versionArray = parseVersion(version, build.versionArray);
  assertVersion(version, versionArray);

  const { user, privileges } = await readPrivileges(client);
  if (!privileges.read) {
    throw new DomainError("CLUSTER_PRIVILEGE_MISSING", {
      message: "the database user cannot read everything",
      params: { missing: privileges.missing.join(", ") },
    });
  }
  const setName = typeof hello.setName === "string" ? hello.setName : null;
  const replicaSetId = setName === null ? null : await readReplicaSetId(client);
  const hosts = hostsOf(client, hello);
  const userWriteBlock = await readWriteBlock(client).catch(() => "unsupported" as const);
  const [major = 0] = versionArray;
  const supports = {
    snapshotReads: setName !== null && major >= SNAPSHOT_READS_SINCE_MAJOR,
    oplog: setName !== null && (await canReadOplog(client)),
    transactions: setName !== null && hello.logicalSessionTimeoutMinutes !== undefined,
    writeBlock: setName !== null && major >= WRITE_BLOCK_SINCE_MAJOR && userWriteBlock !== "unsupported",
  };
  const fcv = await readFcv(client, versionArray);
  const bypass = await findBypassingUsers(client, user);
  const authorizationEnabled = user !== null;
  return {
    version,
    versionArray,
    fcv: { version: fcv.version, targetVersion: fcv.targetVersion, pinned: fcv.pinned },
    topology: setName === null ? "standalone" : "replicaSet",
    setName,
    replicaSetId,
    hosts,
    serverKey: replicaSetId === null ? `hosts:${hosts.join(",")}` : `rs:${replicaSetId}`,
    user,
    privileges,
    authorizationEnabled,
    userWriteBlock,
    ...(await readSizes(client)),
    usersWhoBypass: bypass.users,
    bypassKnown: bypass.known,
    supports,
    notes: capabilityNotes({ supports, setName, authorizationEnabled, fcvKnown: fcv.known, version }),
  };
}

/** The first three numbers, from `versionArray` where there is one. Suffixes such as -rc0 or -16 do not matter. */
export function parseVersion(version: string, versionArray: unknown): number[] {
  if (Array.isArray(versionArray) && versionArray.length >= 3) return versionArray.map(Number);
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  return match === null ? [0, 0, 0] : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

function assertVersion(version: string, [major = 0, minor = 0]: number[]): void {
  if (major > OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor >= OLDEST_VERSION[1])) return;
  throw new DomainError("CLUSTER_VERSION_UNSUPPORTED", {
    message: `MongoDB ${version} is too old`,
    params: { version, oldest: OLDEST_VERSION.join(".") },
  });
}

/** A pinned FCV is one that was held below the binary's own release. */
async function readFcv(
  client: MongoClient,
  [major = 0, minor = 0]: number[],
): Promise<{ version: string; targetVersion: string | null; pinned: boolean; known: boolean }> {
  const own = `${major}.${minor}`;
  try {
    const reply = await client.db("admin").command({ getParameter: 1, featureCompatibilityVersion: 1 });
    const value = reply.featureCompatibilityVersion as string | Document;
    const version = typeof value === "string" ? value : String(value.version);
    const targetVersion = typeof value === "string" ? null : ((value.targetVersion as string | undefined) ?? null);
    if (!/^\d+\.\d+$/.test(version)) return { version: own, targetVersion: null, pinned: false, known: false };
    return { version, targetVersion, pinned: version !== own, known: true };
  } catch {
    return { version: own, targetVersion: null, pinned: false, known: false };
  }
}

async function readReplicaSetId(client: MongoClient): Promise<string | null> {
  try {
    const reply = await client.db("admin").command({ replSetGetConfig: 1 });
    const id: unknown = (reply.config as Document | undefined)?.settings?.replicaSetId;
    return id === undefined || id === null ? null : String(id);
  } catch {
    return null;
  }
}

function hostsOf(client: MongoClient, hello: Document): string[] {
  const announced = [
    ...((hello.hosts as string[] | undefined) ?? []),
    ...((hello.passives as string[] | undefined) ?? []),
  ];
  const hosts = announced.length > 0 ? announced : client.options.hosts.map((host) => host.toString());
  return [...new Set(hosts.map((host) => host.toLowerCase()))].sort();
}

async function canReadOplog(client: MongoClient): Promise<boolean> {
  try {
    const found = await client
      .db("local")
      .command({ find: "oplog.rs", limit: 1, singleBatch: true, projection: { ts: 1 } });
    return (found.cursor.firstBatch as unknown[]).length > 0;
  } catch {
    return false;
  }
}
