import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NewApiKeySecret } from "@/server/auth/api-key-secret";
import { newId } from "@/server/platform/ids";
import { createApiFixture, type ApiFixture } from "../api-suite";

describe("restore jobs", () => {
  let api: ApiFixture;
  let alpha: string;
  let beta: string;
  let prod: string;
  let snapshotId: string;
  let manager: NewApiKeySecret;
  let reader: NewApiKeySecret;
  const jobs = (cluster = "prod") => `/groups/${alpha}/clusters/${cluster}/backup/restoreJobs`;
  const automated = (changes: object = {}) => ({
    ...{ deliveryType: "automated", snapshotId, targetGroupId: alpha, targetClusterName: "target", ...changes },
  });

  beforeAll(async () => {
    api = await createApiFixture();
    alpha = await api.makeProject("Alpha");
    beta = await api.makeProject("Beta");
    prod = await api.makeCluster(alpha, "prod", "M30");
    await api.makeCluster(alpha, "target");
    snapshotId = await api.makeSnapshot(alpha, prod, { createdAt: new Date("2026-08-10T03:28:08.123Z") });
    manager = await api.makeKey(["ORG_MEMBER"], { [alpha]: ["GROUP_BACKUP_MANAGER"] });
    reader = await api.makeKey(["ORG_MEMBER"], { [alpha]: ["GROUP_READ_ONLY"] });
  });
  afterAll(() => api.database.close());

  async function makeJob(changes: object = {}): Promise<string> {
    const target = await api.database.db.cluster.findFirstOrThrow({ where: { projectId: alpha, name: "target" } });
    const job = {
      ...{ id: newId(), snapshotId, sourceProjectId: alpha, sourceClusterId: prod, sourceClusterName: "prod" },
      ...{ targetProjectId: alpha, targetClusterId: target.id, targetClusterName: "target" },
      ...{ status: "COMPLETED" as const, finishedAt: new Date("2026-08-10T04:00:00Z"), ...changes },
    };
    await api.database.db.restoreJob.create({ data: job });
    return job.id;
  }

  it("shows a finished job as the Admin API does", async () => {
    const id = await makeJob();
    const { status, body } = await api.call(reader, "GET", `${jobs()}/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ id, deliveryType: "automated", snapshotId, targetGroupId: alpha, targetClusterName: "target" },
      ...{ cancelled: false, failed: false, expired: false, deliveryUrl: [], timestamp: "2026-08-10T03:28:08Z" },
      finishedAt: "2026-08-10T04:00:00Z",
      desiredTimestamp: { date: null, increment: null, time: null },
    });
    expect((body.links as { rel: string }[]).map(({ rel }) => rel)).toEqual([
      "self",
      "https://cloud.mongodb.com/snapshot",
      "https://cloud.mongodb.com/cluster",
      "https://cloud.mongodb.com/group",
    ]);
  });

  it("tells a job that goes on from one that failed or was cancelled", async () => {
    const running = await makeJob({ status: "IN_PROGRESS", finishedAt: null });
    expect((await api.call(reader, "GET", `${jobs()}/${running}`)).body).not.toHaveProperty("finishedAt");
    const failed = await makeJob({ status: "FAILED", errorCode: "RESTORE_ROOT_MISMATCH" });
    const { body } = await api.call(reader, "GET", `${jobs()}/${failed}`);
    expect(body).toMatchObject({ failed: true, holdfast: { error: { code: "RESTORE_ROOT_MISMATCH" } } });
    expect(body).not.toHaveProperty("finishedAt");
    const cancelled = await makeJob({ status: "CANCELLED" });
    expect((await api.call(reader, "GET", `${jobs()}/${cancelled}`)).body).toMatchObject({ cancelled: true });
    await api.database.db.restoreJob.update({ where: { id: running }, data: { status: "COMPLETED" } });
  });

  it("lists those from and into a cluster, newest first, in pages", async () => {
    const all = await api.call(reader, "GET", jobs());
    expect(all.body.totalCount).toBe(4);
    expect((await api.call(reader, "GET", jobs("target"))).body.totalCount).toBe(4);
    const last = await api.call(reader, "GET", `${jobs()}?itemsPerPage=3&pageNum=2`);
    expect(last.body.results).toHaveLength(1);
  });

  it("cannot cancel an automated restore", async () => {
    const id = await makeJob();
    expect(await api.call(manager, "DELETE", `${jobs()}/${id}`)).toMatchObject({
      status: 400,
      body: { errorCode: "CANNOT_CANCEL_AUTOMATED_RESTORE" },
    });
  });

  it("says why a target cannot be restored to, and makes no job", async () => {
    const before = await api.database.db.restoreJob.count();
    await api.makeCluster(alpha, "free", "M0");
    for (const targetClusterName of ["free", "target"]) {
      // The rows have no server behind them: the checks that ask it fail.
      const { status, body } = await api.call(manager, "POST", jobs(), { body: automated({ targetClusterName }) });
      expect(status, targetClusterName).toBeGreaterThanOrEqual(400);
      expect(status, targetClusterName).toBeLessThan(500);
      expect(body.detail, targetClusterName).toMatch(/\w+ \w+/);
    }
    expect(await api.database.db.restoreJob.count()).toBe(before);
  });

  it("refuses what it cannot do, and whom it does not let", async () => {
    const gamma = await api.makeProject("Gamma");
    const inGamma = await api.makeKey(["ORG_MEMBER"], {
      [alpha]: ["GROUP_BACKUP_MANAGER"],
      [gamma]: ["GROUP_READ_ONLY"],
    });
    await api.makeCluster(gamma, "other");
    await api.makeCluster(beta, "hidden");
    const cases: [NewApiKeySecret, string, string, unknown, number, string][] = [
      [reader, "POST", jobs(), automated(), 401, "USER_UNAUTHORIZED"],
      [reader, "DELETE", `${jobs()}/${newId()}`, undefined, 401, "USER_UNAUTHORIZED"],
      [
        inGamma,
        "POST",
        jobs(),
        automated({ targetGroupId: gamma, targetClusterName: "other" }),
        403,
        "CANNOT_RESTORE_TO_TARGET",
      ],
      [
        manager,
        "POST",
        jobs(),
        automated({ targetGroupId: beta, targetClusterName: "hidden" }),
        404,
        "GROUP_NOT_FOUND",
      ],
      [manager, "POST", jobs(), automated({ targetClusterName: "nothing" }), 404, "CLUSTER_NOT_FOUND"],
      [manager, "POST", jobs(), automated({ snapshotId: newId() }), 404, "SNAPSHOT_NOT_FOUND"],
      [manager, "POST", jobs(), automated({ snapshotId: "xyz" }), 404, "INVALID_SNAPSHOT_ID"],
      [manager, "POST", jobs("target"), automated(), 404, "SNAPSHOT_NOT_FOUND"],
      [manager, "POST", jobs(), automated({ snapshotId: undefined }), 400, "MISSING_ATTRIBUTE"],
      [manager, "POST", jobs(), automated({ targetGroupId: "" }), 400, "MISSING_ATTRIBUTE"],
      [manager, "POST", jobs(), automated({ deliveryType: "download" }), 400, "UNSUPPORTED_DELIVERY_METHOD"],
      [manager, "POST", jobs(), automated({ deliveryType: "pointInTime" }), 400, "UNSUPPORTED_DELIVERY_METHOD"],
      [manager, "POST", jobs(), automated({ deliveryType: "pigeon" }), 400, "INVALID_ENUM_VALUE"],
      [manager, "POST", jobs(), {}, 400, "MISSING_ATTRIBUTE"],
      [reader, "GET", `${jobs()}/${newId()}`, undefined, 404, "RESTORE_JOB_NOT_FOUND"],
      [reader, "GET", `${jobs()}/xyz`, undefined, 404, "INVALID_JOB_ID"],
    ];
    for (const [key, method, path, body, status, errorCode] of cases) {
      const answer = await api.call(key, method, path, { body });
      expect(answer, `${method} ${path} ${JSON.stringify(body)}`).toMatchObject({
        status,
        body: { error: status, errorCode },
      });
    }
  });

  it("shows a flex cluster's jobs in their own shape", async () => {
    const bendy = await api.makeCluster(alpha, "bendy", "FLEX");
    const id = await makeJob({ sourceClusterId: bendy, sourceClusterName: "bendy" });
    const path = `/groups/${alpha}/flexClusters/bendy/backup/restoreJobs`;
    expect((await api.call(reader, "GET", path)).body).toMatchObject({
      totalCount: 1,
      results: [{ id, status: "COMPLETED", deliveryType: "RESTORE", targetDeploymentItemName: "target" }],
    });
    expect((await api.call(reader, "GET", `${path}/${id}`)).body).toMatchObject({ id, instanceName: "bendy" });
    expect((await api.call(reader, "GET", `${path}/${newId()}`)).body).toMatchObject({
      errorCode: "TENANT_RESTORE_NOT_FOUND",
    });
  });
});
