import { createHash, randomBytes } from "node:crypto";
import type { OrgRole, ProjectRole } from "@/server/access/schema";
import { makeApiKeySecret, type NewApiKeySecret } from "@/server/auth/api-key-secret";
import { seal } from "@/server/platform/crypto";
import type { ClusterModel, SnapshotModel } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { handleAtlasRequest } from "./production";

const md5 = (text: string) => createHash("md5").update(text).digest("hex");
const BASE = "http://holdfast.test:7717";

export interface Called {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface CallOptions {
  accept?: string;
  body?: unknown;
  contentType?: string;
}

/** The REST door with its real digest, on a database of its own; for tests. */
export interface ApiFixture {
  database: TestDatabase;
  orgId: string;
  makeProject(name: string): Promise<string>;
  /** A cluster's row, idle, as if its deployment ran. */
  makeCluster(projectId: string, name: string, tier?: string, changes?: Partial<ClusterModel>): Promise<string>;
  /** A snapshot's row. */
  makeSnapshot(projectId: string, clusterId: string, changes?: Partial<SnapshotModel>): Promise<string>;
  makeKey(org: OrgRole[], projects?: Record<string, ProjectRole[]>): Promise<NewApiKeySecret>;
  /** A request as a client makes it: challenged first, then signed. */
  call(key: NewApiKeySecret, method: string, path: string, options?: CallOptions): Promise<Called>;
}

export async function createApiFixture(): Promise<ApiFixture> {
  const database = await createTestDatabase();
  const orgId = newId();
  await database.db.organization.create({
    data: { id: orgId, name: "Northwind", idKeySealed: seal(randomBytes(32), "organization.idKey") },
  });
  return {
    database,
    orgId,
    makeProject: async (name) => {
      const project = { id: newId(), organizationId: orgId, name };
      await database.db.project.create({ data: project });
      return project.id;
    },
    makeCluster: async (projectId, name, tier = "M10", changes = {}) => {
      const cluster = {
        ...{ id: newId(), projectId, name, liveName: name, tier, cloudProvider: "AWS", region: "EU_WEST_1" },
        ...{ mongoDBVersion: "8.0.4", fcv: "8.0", replicaSetName: "rs-test", backupEnabled: tier.length > 2 },
        ...{ deploymentKind: "EMBEDDED" as const, state: "IDLE" as const, ...changes },
      };
      await database.db.cluster.create({ data: cluster });
      return cluster.id;
    },
    makeSnapshot: async (projectId, clusterId, changes = {}) => {
      const { name, tier } = await database.db.cluster.findUniqueOrThrow({ where: { id: clusterId } });
      const snapshot = {
        ...{ id: newId(), projectId, clusterId, clusterName: name, clusterTier: tier, cloudProvider: "AWS" },
        ...{ region: "EU_WEST_1", kind: "ON_DEMAND" as const, status: "COMPLETED" as const, retentionDays: 7 },
        ...{ mongoDBVersion: "8.0.4", fcv: "8.0", dataBytes: 1000n, storedBytes: 500n, documentCount: 10n },
        ...{ createdAt: new Date(), finishedAt: new Date(), expiresAt: new Date("2999-01-01"), ...changes },
      };
      await database.db.snapshot.create({ data: snapshot });
      return snapshot.id;
    },
    makeKey: async (roles, projects = {}) => {
      const secret = makeApiKeySecret();
      const { publicKey, ha1Sealed, privateKeyTail } = secret;
      const inProjects = Object.entries(projects).map(([projectId, granted]) => ({ projectId, roles: granted }));
      await database.db.apiKey.create({
        data: {
          ...{ id: newId(), organizationId: orgId, publicKey, ha1Sealed, privateKeyTail, description: "test", roles },
          projects: { create: inProjects },
        },
      });
      return secret;
    },
    call,
  };
}

async function call(key: NewApiKeySecret, method: string, path: string, options: CallOptions = {}): Promise<Called> {
  const uri = `/api/atlas/v2${path}`;
  const challenged = await handleAtlasRequest(makeRequest(method, uri, options));
  const nonce = /nonce="([^"]+)"/.exec(challenged.headers.get("www-authenticate") ?? "")?.[1] ?? "";
  const ha1 = md5(`${key.publicKey}:MMS Public API:${key.privateKey}`);
  const response = md5(`${ha1}:${nonce}:00000001:c:auth:${md5(`${method}:${uri}`)}`);
  const authorization =
    `Digest username="${key.publicKey}", realm="MMS Public API", nonce="${nonce}", uri="${uri}", ` +
    `response="${response}", algorithm=MD5, cnonce="c", qop=auth, nc=00000001`;
  const reply = await handleAtlasRequest(makeRequest(method, uri, options, authorization));
  const text = await reply.text();
  const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: reply.status, headers: reply.headers, body };
}

function makeRequest(method: string, uri: string, options: CallOptions, authorization?: string): Request {
  const headers = new Headers({ accept: options.accept ?? "application/vnd.atlas.2025-03-12+json" });
  if (authorization) headers.set("authorization", authorization);
  if (options.body !== undefined) headers.set("content-type", options.contentType ?? "application/json");
  return new Request(BASE + uri, {
    method,
    headers,
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
  });
}
