import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NewApiKeySecret } from "@/server/auth/api-key-secret";
import { newId } from "@/server/platform/ids";
import { createApiFixture, type ApiFixture } from "../api-suite";

describe("snapshots", () => {
  let api: ApiFixture;
  let alpha: string;
  let prod: string;
  let manager: NewApiKeySecret;
  let creator: NewApiKeySecret;
  let reader: NewApiKeySecret;
  const snapshots = (cluster = "prod") => `/groups/${alpha}/clusters/${cluster}/backup/snapshots`;

  beforeAll(async () => {
    api = await createApiFixture();
    alpha = await api.makeProject("Alpha");
    prod = await api.makeCluster(alpha, "prod", "M30");
    manager = await api.makeKey(["ORG_MEMBER"], { [alpha]: ["GROUP_BACKUP_MANAGER"] });
    creator = await api.makeKey(["ORG_MEMBER"], { [alpha]: ["GROUP_BACKUP_CREATOR"] });
    reader = await api.makeKey(["ORG_MEMBER"], { [alpha]: ["GROUP_READ_ONLY"] });
  });
  afterAll(() => api.database.close());

  it("queues one, and only one at a time", async () => {
    const taken = await api.call(creator, "POST", snapshots(), { body: { description: "before", retentionInDays: 3 } });
    expect(taken).toMatchObject({
      status: 200,
      body: {
        ...{ status: "queued", snapshotType: "onDemand", type: "replicaSet", description: "before" },
        ...{ cloudProvider: "AWS", replicaSetName: "rs-test", policyItems: [], copyRegions: [] },
      },
    });
    expect(taken.body).not.toHaveProperty("frequencyType");
    const id = taken.body.id as string;
    const links = taken.body.links as { rel: string; href: string }[];
    expect(links[0]).toEqual({ rel: "self", href: `http://holdfast.test:7717/api/atlas/v2${snapshots()}/${id}` });
    const kept = Date.parse(taken.body.expiresAt as string) - Date.parse(taken.body.createdAt as string);
    expect(kept).toBe(3 * 86_400_000);
    expect(await api.call(creator, "POST", snapshots(), { body: {} })).toMatchObject({
      status: 400,
      body: { errorCode: "UNFINISHED_ON_DEMAND_SNAPSHOT" },
    });
    expect(await api.call(manager, "DELETE", `${snapshots()}/${id}`)).toMatchObject({
      status: 400,
      body: { errorCode: "CANNOT_DELETE_IN_PROGRESS_SNAPSHOT" },
    });
    await api.database.db.snapshot.update({
      where: { id },
      data: { status: "FAILED", errorCode: "CLUSTER_UNREACHABLE" },
    });
    expect((await api.call(reader, "GET", `${snapshots()}/${id}`)).body).toMatchObject({ status: "failed" });
  });

  it("lists newest first, in pages, and says what is not consistent", async () => {
    const cluster = await api.makeCluster(alpha, "listed");
    const ids: string[] = [];
    for (let day = 1; day <= 3; day++) {
      const createdAt = new Date(Date.UTC(2026, 7, day, 3, 28, 8, 999));
      const inconsistent = { consistent: false, inconsistentReason: "the server cannot read at one moment" };
      ids.unshift(await api.makeSnapshot(alpha, cluster, { createdAt, kind: "DAILY", ...(day === 3 && inconsistent) }));
    }
    const all = await api.call(reader, "GET", snapshots("listed"));
    expect(all.body.totalCount).toBe(3);
    expect((all.body.results as { id: string }[]).map(({ id }) => id)).toEqual(ids);
    expect(all.body).toHaveProperty("results.0.holdfast.consistent", false);
    expect(all.body).toMatchObject({
      results: [
        { createdAt: "2026-08-03T03:28:08Z", snapshotType: "scheduled", frequencyType: "daily", status: "completed" },
        { mongodVersion: "8.0.4", storageSizeBytes: 1000, holdfast: { consistent: true, documents: 10 } },
        {},
      ],
    });
    const second = await api.call(reader, "GET", `${snapshots("listed")}?itemsPerPage=2&pageNum=2`);
    expect((second.body.results as { id: string }[]).map(({ id }) => id)).toEqual([ids[2]]);
    const atMoment = await api.call(reader, "GET", `${snapshots("listed")}?pointInTimeUtcSeconds=1785000000`);
    expect(atMoment.body).toMatchObject({ results: [], totalCount: 0 });
  });

  it("deletes a finished one, which is then gone", async () => {
    const id = await api.makeSnapshot(alpha, prod);
    expect((await api.call(manager, "DELETE", `${snapshots()}/${id}`)).status).toBe(204);
    expect(await api.call(manager, "GET", `${snapshots()}/${id}`)).toMatchObject({
      status: 404,
      body: { errorCode: "SNAPSHOT_NOT_FOUND", parameters: [id] },
    });
  });

  it("keeps the snapshots of a terminated cluster under its name", async () => {
    const gone = { state: "DELETED", liveName: null, deletedAt: new Date() } as const;
    const id = await api.makeSnapshot(alpha, await api.makeCluster(alpha, "terminated", "M10", gone));
    expect((await api.call(reader, "GET", snapshots("terminated"))).body).toMatchObject({ totalCount: 1 });
    expect((await api.call(reader, "GET", `${snapshots("terminated")}/${id}`)).status).toBe(200);
    expect((await api.call(creator, "POST", snapshots("terminated"), { body: {} })).body).toMatchObject({
      errorCode: "CLUSTER_NOT_FOUND",
    });
  });

  it("shows a flex cluster's snapshots in their own shape", async () => {
    const bendy = await api.makeCluster(alpha, "bendy", "FLEX");
    const id = await api.makeSnapshot(alpha, bendy, { kind: "DAILY" });
    const path = `/groups/${alpha}/flexClusters/bendy/backup/snapshots`;
    expect((await api.call(reader, "GET", path)).body).toMatchObject({
      totalCount: 1,
      results: [{ id, status: "COMPLETED", mongoDBVersion: "8.0.4" }],
    });
    expect((await api.call(reader, "GET", `${path}/${id}`)).body).toMatchObject({ id });
    expect((await api.call(reader, "GET", `${path}/${newId()}`)).body).toMatchObject({
      errorCode: "TENANT_SNAPSHOT_NOT_FOUND",
    });
  });

  it("refuses what it cannot do, and whom it does not let", async () => {
    await api.makeCluster(alpha, "free", "M0");
    const other = await api.makeSnapshot(alpha, await api.makeCluster(alpha, "other"));
    const owner = await api.makeKey(["ORG_OWNER"]);
    const cases: [NewApiKeySecret, string, string, unknown, number, string][] = [
      [reader, "POST", snapshots(), {}, 401, "USER_UNAUTHORIZED"],
      [creator, "DELETE", `${snapshots("other")}/${other}`, undefined, 401, "USER_UNAUTHORIZED"],
      // An Organization Owner has no backup rights before a role in the project.
      [owner, "GET", snapshots(), undefined, 401, "USER_UNAUTHORIZED"],
      [owner, "POST", snapshots(), {}, 401, "USER_UNAUTHORIZED"],
      [creator, "POST", snapshots("free"), {}, 400, "INSUFFICIENT_INSTANCE_SIZE"],
      [creator, "POST", snapshots("other"), { retentionInDays: 0 }, 400, "BACKUP_SNAPSHOT_RETENTION_VALUE_INVALID"],
      [creator, "POST", snapshots("other"), { retentionInDays: 1.5 }, 400, "BACKUP_SNAPSHOT_RETENTION_VALUE_INVALID"],
      [creator, "POST", snapshots("other"), { retentionInDays: "7" }, 400, "INVALID_ATTRIBUTE"],
      [creator, "POST", snapshots("nothing"), {}, 404, "CLUSTER_NOT_FOUND"],
      [reader, "GET", `${snapshots()}/${newId()}`, undefined, 404, "SNAPSHOT_NOT_FOUND"],
      [reader, "GET", `${snapshots()}/${other}`, undefined, 404, "SNAPSHOT_NOT_FOUND"],
      [reader, "GET", `${snapshots()}/xyz`, undefined, 404, "INVALID_SNAPSHOT_ID"],
    ];
    for (const [key, method, path, body, status, errorCode] of cases) {
      const answer = await api.call(key, method, path, { body });
      expect(answer, `${method} ${path}`).toMatchObject({ status, body: { error: status, errorCode } });
    }
  });
});
