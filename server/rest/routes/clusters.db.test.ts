import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NewApiKeySecret } from "@/server/auth/api-key-secret";
import { createApiFixture, type ApiFixture } from "../api-suite";

const accept = (date: string) => ({ accept: `application/vnd.atlas.${date}+json` });
const electableSpecs = { instanceSize: "M10", nodeCount: 3 };
const replicationSpecs = [
  { regionConfigs: [{ providerName: "AWS", regionName: "US_EAST_1", priority: 7, electableSpecs }] },
];

describe("clusters", () => {
  let api: ApiFixture;
  let alpha: string;
  let owner: NewApiKeySecret;
  let reader: NewApiKeySecret;
  const clusters = () => `/groups/${alpha}/clusters`;

  beforeAll(async () => {
    api = await createApiFixture();
    alpha = await api.makeProject("Alpha");
    await api.makeCluster(alpha, "prod", "M30");
    await api.makeCluster(alpha, "free", "M0");
    await api.makeCluster(alpha, "bendy", "FLEX");
    await api.makeCluster(alpha, "gone", "M10", { state: "DELETED", liveName: null, deletedAt: new Date() });
    owner = await api.makeKey(["ORG_MEMBER"], { [alpha]: ["GROUP_OWNER"] });
    reader = await api.makeKey(["ORG_MEMBER"], { [alpha]: ["GROUP_READ_ONLY"] });
  });
  afterAll(() => api.database.close());

  it("lists the living that are not flex", async () => {
    const { body } = await api.call(reader, "GET", clusters());
    const results = body.results as Record<string, unknown>[];
    expect(results.map((cluster) => cluster.name)).toEqual(["free", "prod"]);
    expect(body.totalCount).toBe(2);
  });

  it("has the shape of each version, from one stored object", async () => {
    const newest = (await api.call(reader, "GET", `${clusters()}/prod`)).body;
    expect(newest).toMatchObject({
      ...{ name: "prod", groupId: alpha, stateName: "IDLE", clusterType: "REPLICASET", mongoDBMajorVersion: "8.0" },
      ...{ mongoDBVersion: "8.0.4", featureCompatibilityVersion: "8.0", backupEnabled: true, paused: false },
      replicationSpecs: [
        {
          regionConfigs: [
            {
              ...{ providerName: "AWS", regionName: "EU_WEST_1", priority: 7 },
              electableSpecs: { instanceSize: "M30", nodeCount: 3, diskSizeGB: 40 },
            },
          ],
        },
      ],
    });
    expect(newest).not.toHaveProperty("diskSizeGB");
    expect(newest).not.toHaveProperty("replicationSpecs.0.numShards");

    const advanced = (await api.call(reader, "GET", `${clusters()}/prod`, accept("2023-02-01"))).body;
    expect(advanced).toMatchObject({ id: newest.id, diskSizeGB: 40, replicationSpecs: [{ numShards: 1 }] });
    expect(advanced).not.toHaveProperty("replicationSpecs.0.regionConfigs.0.electableSpecs.diskSizeGB");

    const legacy = (await api.call(reader, "GET", `${clusters()}/prod`, accept("2023-01-01"))).body;
    expect(legacy).toMatchObject({
      ...{ id: newest.id, diskSizeGB: 40, numShards: 1, replicationFactor: 3 },
      providerSettings: { providerName: "AWS", instanceSizeName: "M30", regionName: "EU_WEST_1" },
      replicationSpecs: [{ regionsConfig: { EU_WEST_1: { electableNodes: 3 } } }],
    });
    const specId = (newest.replicationSpecs as { id: string }[])[0]!.id;
    expect(specId).toMatch(/^[0-9a-f]{24}$/);
    expect((await api.call(reader, "GET", `${clusters()}/prod`)).body).toMatchObject({
      replicationSpecs: [{ id: specId }],
    });
  });

  it("shows a free cluster as a tenant", async () => {
    const { body } = await api.call(reader, "GET", `${clusters()}/free`);
    expect(body).toMatchObject({
      backupEnabled: false,
      replicationSpecs: [{ regionConfigs: [{ providerName: "TENANT", backingProviderName: "AWS" }] }],
    });
  });

  it("lists flex clusters under their own path", async () => {
    const { body } = await api.call(reader, "GET", `/groups/${alpha}/flexClusters`);
    expect(body).toMatchObject({
      totalCount: 1,
      results: [{ name: "bendy", providerSettings: { providerName: "FLEX", backingProviderName: "AWS" } }],
    });
    expect((await api.call(reader, "GET", `/groups/${alpha}/flexClusters/bendy`)).body).toMatchObject({
      name: "bendy",
    });
  });

  it("lists everything that the caller sees, by project", async () => {
    const { body } = await api.call(reader, "GET", "/clusters");
    const [group] = body.results as { groupId: string; clusters: { name: string }[] }[];
    expect(group).toMatchObject({ groupId: alpha, groupName: "Alpha", orgId: api.orgId, orgName: "Northwind" });
    expect(group!.clusters.map((cluster) => cluster.name).sort()).toEqual(["bendy", "free", "prod"]);
  });

  it.each(["2023-02-01", "2024-08-05", "2024-10-23"])("creates an embedded cluster in version %s", async (date) => {
    const name = `new-${date}`;
    const body = { name, clusterType: "REPLICASET", mongoDBMajorVersion: "7.0", replicationSpecs };
    const created = await api.call(owner, "POST", clusters(), { ...accept(date), body });
    expect(created.status).toBe(201);
    expect(created.headers.get("content-type")).toContain(date);
    expect(created.headers.get("location")).toBe(`http://holdfast.test:7717/api/atlas/v2${clusters()}/${name}`);
    expect(created.body).toMatchObject({ name, stateName: "CREATING", mongoDBVersion: "7.0.14" });
    const row = await api.database.db.cluster.findFirstOrThrow({ where: { name }, include: { embedded: true } });
    expect(row).toMatchObject({ tier: "M10", region: "US_EAST_1", deploymentKind: "EMBEDDED" });
    expect(row.embedded?.desiredRunning).toBe(true);
    const standard = `mongodb://127.0.0.1:${row.embedded?.port}/?directConnection=true`;
    expect(created.body.connectionStrings).toEqual({ standard });
    const again = await api.call(owner, "POST", clusters(), { ...accept(date), body });
    expect(again).toMatchObject({
      status: 400,
      body: { errorCode: "DUPLICATE_CLUSTER_NAME", parameters: [name, alpha] },
    });
  });

  it("creates one by the oldest shape too", async () => {
    const providerSettings = { providerName: "AZURE", instanceSizeName: "M20", regionName: "EUROPE_WEST" };
    const created = await api.call(owner, "POST", clusters(), {
      ...accept("2023-01-01"),
      body: { name: "legacy", providerSettings },
    });
    expect(created).toMatchObject({ status: 201, body: { name: "legacy", providerSettings } });
  });

  it("deletes a cluster; it shows as being deleted until it is gone", async () => {
    const id = await api.makeCluster(alpha, "short-lived");
    const deleted = await api.call(owner, "DELETE", `${clusters()}/short-lived`, accept("2023-02-01"));
    expect(deleted).toMatchObject({ status: 202, body: {} });
    expect((await api.call(owner, "GET", `${clusters()}/short-lived`)).body).toMatchObject({ stateName: "DELETING" });
    await api.database.db.cluster.update({ where: { id }, data: { state: "DELETED" } });
    expect(await api.call(owner, "GET", `${clusters()}/short-lived`)).toMatchObject({
      status: 404,
      body: { errorCode: "CLUSTER_NOT_FOUND" },
    });
  });

  it("tells clients which kind of path a cluster wants", async () => {
    const flex = `/groups/${alpha}/flexClusters`;
    const cases: [string, string, number, string][] = [
      ["GET", `${flex}/prod`, 400, "CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API"],
      ["GET", `${flex}/prod/backup/snapshots`, 400, "CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API"],
      ["GET", `${clusters()}/bendy`, 400, "CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API"],
      ["GET", `${clusters()}/bendy/backup/snapshots`, 400, "CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API"],
      ["DELETE", `${clusters()}/bendy`, 400, "CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API"],
      ["GET", `${clusters()}/nothing`, 404, "CLUSTER_NOT_FOUND"],
      ["GET", `${flex}/nothing`, 404, "CLUSTER_NOT_FOUND"],
      ["GET", `${clusters()}/gone`, 404, "CLUSTER_NOT_FOUND"],
    ];
    for (const [method, path, status, errorCode] of cases) {
      const answer = await api.call(owner, method, path);
      expect(answer, `${method} ${path}`).toMatchObject({ status, body: { error: status, errorCode } });
      expect(answer.body.parameters, path).toEqual([path.split("/")[4], alpha]);
    }
  });

  it("refuses what it cannot do, and whom it does not let", async () => {
    const body = { name: "x", replicationSpecs };
    const cases: [NewApiKeySecret, string, string, unknown, number, string][] = [
      [reader, "POST", clusters(), body, 401, "USER_UNAUTHORIZED"],
      [reader, "DELETE", `${clusters()}/prod`, undefined, 401, "USER_UNAUTHORIZED"],
      [owner, "POST", clusters(), { ...body, clusterType: "SHARDED" }, 403, "FEATURE_UNSUPPORTED"],
      [owner, "POST", clusters(), { ...body, name: "under_score" }, 400, "INVALID_ATTRIBUTE"],
      [owner, "POST", clusters(), { name: "x" }, 400, "MISSING_ATTRIBUTE"],
      [
        owner,
        "POST",
        clusters(),
        { ...body, holdfast: { connectionString: "http://nothing" } },
        400,
        "CONNECTION_STRING_INVALID",
      ],
      [owner, "DELETE", `${clusters()}/prod?retainBackups=perhaps`, undefined, 400, "INVALID_QUERY_PARAMETER"],
    ];
    for (const [key, method, path, sent, status, errorCode] of cases) {
      const answer = await api.call(key, method, path, { body: sent });
      expect(answer, `${method} ${path}`).toMatchObject({ status, body: { error: status, errorCode } });
    }
    const outsider = await api.makeKey(["ORG_MEMBER"]);
    expect(await api.call(outsider, "GET", clusters())).toMatchObject({ body: { errorCode: "GROUP_NOT_FOUND" } });
    expect(await api.call(owner, "GET", clusters(), { accept: "*/*" })).toMatchObject({ status: 406 });
  });
});
