import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NewApiKeySecret } from "@/server/auth/api-key-secret";
import { newId } from "@/server/platform/ids";
import { createApiFixture, type ApiFixture } from "../api-suite";

describe("status, organizations and groups", () => {
  let api: ApiFixture;
  let alpha: string;
  let owner: NewApiKeySecret;
  let reader: NewApiKeySecret;

  beforeAll(async () => {
    api = await createApiFixture();
    alpha = await api.makeProject("Alpha");
    await api.makeProject("Beta & Söhne/2");
    owner = await api.makeKey(["ORG_OWNER"]);
    reader = await api.makeKey(["ORG_MEMBER"], { [alpha]: ["GROUP_READ_ONLY"] });
  });
  afterAll(() => api.database.close());

  it("tells a key what it is", async () => {
    const { status, headers, body } = await api.call(reader, "GET", "");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/vnd.atlas.2023-01-01+json;charset=utf-8");
    expect(body).toMatchObject({
      appName: "MongoDB Atlas",
      throttling: false,
      apiKey: {
        publicKey: reader.publicKey,
        accessList: [],
        roles: [
          { orgId: api.orgId, roleName: "ORG_MEMBER" },
          { groupId: alpha, roleName: "GROUP_READ_ONLY" },
        ],
      },
      links: [{ rel: "self", href: "http://holdfast.test:7717/api/atlas/v2" }],
    });
    expect(JSON.stringify(body)).not.toContain(reader.privateKey);
  });

  it("lists and filters organizations", async () => {
    const org = { id: api.orgId, name: "Northwind", isDeleted: false };
    expect((await api.call(owner, "GET", "/orgs")).body).toMatchObject({ results: [org], totalCount: 1 });
    expect((await api.call(owner, "GET", "/orgs?name=north")).body).toMatchObject({ totalCount: 1 });
    expect((await api.call(owner, "GET", "/orgs?name=west")).body).toMatchObject({ results: [], totalCount: 0 });
    expect((await api.call(owner, "GET", "/orgs?name=")).body).toMatchObject({ totalCount: 1 });
    expect((await api.call(owner, "GET", `/orgs/${api.orgId}`)).body).toMatchObject(org);
  });

  it("lists to each key the groups that it may see", async () => {
    const names = async (key: NewApiKeySecret, path: string) =>
      ((await api.call(key, "GET", path)).body.results as { name: string }[]).map((group) => group.name);
    expect(await names(owner, "/groups")).toEqual(["Alpha", "Beta & Söhne/2"]);
    expect(await names(reader, "/groups")).toEqual(["Alpha"]);
    expect(await names(reader, `/orgs/${api.orgId}/groups`)).toEqual(["Alpha"]);
    expect(await names(owner, `/orgs/${api.orgId}/groups?name=beta`)).toEqual(["Beta & Söhne/2"]);
    expect(await names(owner, "/groups?itemsPerPage=1&pageNum=2")).toEqual(["Beta & Söhne/2"]);
    expect(await names(owner, "/groups?pageNum=9")).toEqual([]);
  });

  it("finds a group by its id and by its escaped name", async () => {
    const byId = await api.call(reader, "GET", `/groups/${alpha}`);
    expect(byId.body).toMatchObject({ id: alpha, name: "Alpha", orgId: api.orgId, clusterCount: 0 });
    expect(byId.body.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const byName = await api.call(owner, "GET", `/groups/byName/${encodeURIComponent("Beta & Söhne/2")}`);
    expect(byName.body).toMatchObject({ name: "Beta & Söhne/2" });
  });

  it("creates a group whose owner is the key, and deletes it", async () => {
    const creator = await api.makeKey(["ORG_GROUP_CREATOR"]);
    // The Go client sends its zero values for fields that only the server sets.
    const asked = { name: "Gamma", orgId: api.orgId, clusterCount: 0, created: "0001-01-01T00:00:00Z", unknown: 1 };
    const created = await api.call(creator, "POST", "/groups?projectOwnerId=", { body: asked });
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toMatch(/\/groups\/[0-9a-f]{24}$/);
    const id = created.body.id as string;
    expect((await api.call(creator, "GET", `/groups/${id}`)).status).toBe(200);
    const again = await api.call(creator, "POST", "/groups", { body: asked });
    expect(again).toMatchObject({ status: 409, body: { errorCode: "GROUP_ALREADY_EXISTS", parameters: ["Gamma"] } });
    expect((await api.call(creator, "DELETE", `/groups/${id}`)).status).toBe(202);
    expect(await api.call(creator, "GET", `/groups/${id}`)).toMatchObject({ status: 404 });
  });

  it("refuses: signed out, too few rights, another's, malformed", async () => {
    const forged = { ...reader, privateKey: owner.privateKey };
    const missing = newId();
    const cases: [NewApiKeySecret, string, string, unknown, number, string][] = [
      [forged, "GET", "/groups", undefined, 401, "UNEXPECTED_ERROR"],
      [reader, "POST", "/groups", { name: "X", orgId: api.orgId }, 401, "USER_UNAUTHORIZED"],
      [reader, "DELETE", `/groups/${alpha}`, undefined, 401, "USER_UNAUTHORIZED"],
      [reader, "GET", `/groups/${missing}`, undefined, 404, "GROUP_NOT_FOUND"],
      [reader, "GET", "/groups/not-an-id", undefined, 404, "GROUP_NOT_FOUND"],
      [reader, "GET", "/groups/byName/Beta%20%26%20S%C3%B6hne%2F2", undefined, 404, "GROUP_NOT_FOUND"],
      [reader, "GET", `/orgs/${missing}`, undefined, 404, "ORG_NOT_FOUND"],
      [owner, "POST", "/groups", { name: "X", orgId: missing }, 404, "ORG_NOT_FOUND"],
      [owner, "POST", "/groups", { name: "X" }, 400, "MISSING_ATTRIBUTE"],
      [owner, "POST", "/groups", { name: "", orgId: api.orgId }, 400, "INVALID_ATTRIBUTE"],
      [
        owner,
        "POST",
        `/groups?projectOwnerId=${missing}`,
        { name: "X", orgId: api.orgId },
        400,
        "INVALID_QUERY_PARAMETER",
      ],
      [owner, "GET", "/groups?itemsPerPage=501", undefined, 400, "INVALID_QUERY_PARAMETER"],
      [owner, "GET", "/nothing/here", undefined, 404, "RESOURCE_NOT_FOUND"],
    ];
    for (const [key, method, path, body, status, errorCode] of cases) {
      const answer = await api.call(key, method, path, { body });
      expect(answer, `${method} ${path}`).toMatchObject({ status, body: { error: status, errorCode } });
    }
  });

  it("hides a project of the organization from a key that does not belong to it", async () => {
    const outsider = await api.makeKey(["ORG_MEMBER"]);
    expect(await api.call(outsider, "GET", `/groups/${alpha}`)).toMatchObject({
      status: 404,
      body: { errorCode: "GROUP_NOT_FOUND", parameters: [alpha] },
    });
  });
});
