import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PERMISSIONS } from "@/server/access/permissions";
import { ORG_ROLES, PROJECT_ROLES } from "@/server/access/schema";
import type { NewApiKeySecret } from "@/server/auth/api-key-secret";
import { newId } from "@/server/platform/ids";
import { createApiFixture, type ApiFixture } from "../api-suite";
import { ROUTES } from ".";

describe("every route", () => {
  it("names a permission of the table, versions and an operation of its own", () => {
    for (const route of ROUTES) {
      const name = `${route.method} ${route.path}`;
      const rule = PERMISSIONS[route.permission];
      expect(rule, name).toBeDefined();
      expect(rule.scope, name).toBe(route.path.includes("{groupId}") ? "project" : "org");
      expect([...route.versions].sort(), name).toEqual(route.versions);
      expect(route.versions.length, name).toBeGreaterThan(0);
    }
    expect(new Set(ROUTES.map((route) => route.operationId)).size).toBe(ROUTES.length);
    expect(new Set(ROUTES.map((route) => `${route.method} ${route.path}`)).size).toBe(ROUTES.length);
  });
});

describe("every role and an outsider at every route", () => {
  let api: ApiFixture;
  let groupId: string;
  const asked = (path: string) =>
    path
      .replace("{groupId}", groupId)
      .replace("{orgId}", api.orgId)
      .replace("{groupName}", "Nothing")
      .replace(/\{(clusterName|name)\}/, "nothing")
      .replace(/\{\w+\}/, newId());

  beforeAll(async () => {
    api = await createApiFixture();
    groupId = await api.makeProject("Alpha");
  });
  afterAll(() => api.database.close());

  /** Let in is everything but the refusals of the access check: nothing else that is asked for exists. */
  async function isLetIn(key: NewApiKeySecret, method: string, path: string): Promise<boolean> {
    const { body } = await api.call(key, method, asked(path), { body: method === "POST" ? {} : undefined });
    const code = body.errorCode as string | undefined;
    const isHidden = code === "GROUP_NOT_FOUND" && (body.parameters as string[])[0] === groupId;
    return !(code === "USER_UNAUTHORIZED" || code === "UNEXPECTED_ERROR" || isHidden);
  }

  it.each(ORG_ROLES)("lets %s do what the table says", async (role) => {
    const key = await api.makeKey([role]);
    for (const { method, path, permission } of ROUTES.filter((route) => route.operationId !== "deleteGroup")) {
      const allowed = (PERMISSIONS[permission].org as readonly string[]).includes(role);
      expect(await isLetIn(key, method, path), `${method} ${path}`).toBe(allowed);
    }
  });

  it.each(PROJECT_ROLES)("lets %s do what the table says", async (role) => {
    const key = await api.makeKey(["ORG_MEMBER"], { [groupId]: [role] });
    for (const { method, path, permission } of ROUTES.filter((route) => route.operationId !== "deleteGroup")) {
      const rule = PERMISSIONS[permission];
      const allowed =
        (rule.project as readonly string[]).includes(role) || (rule.org as readonly string[]).includes("ORG_MEMBER");
      expect(await isLetIn(key, method, path), `${method} ${path}`).toBe(allowed);
    }
  });

  it("shows an outsider nothing of the project and nothing of the organization", async () => {
    const other = await createOutsider();
    for (const { method, path } of ROUTES.filter((route) => /\{groupId\}|\{orgId\}/.test(route.path))) {
      const answer = await api.call(other, method, asked(path), { body: method === "POST" ? {} : undefined });
      const code = path.includes("{groupId}") ? "GROUP_NOT_FOUND" : "ORG_NOT_FOUND";
      expect(answer, `${method} ${path}`).toMatchObject({ status: 404, body: { errorCode: code } });
    }
    expect((await api.call(other, "GET", "/groups")).body.results).toEqual([]);
    expect((await api.call(other, "GET", "/clusters")).body.results).toEqual([]);
  });

  it("asks everybody for a signature first", async () => {
    const forged = { ...(await api.makeKey(["ORG_OWNER"])), privateKey: "00000000-0000-4000-8000-000000000000" };
    for (const { method, path } of ROUTES) {
      expect(await api.call(forged, method, asked(path)), `${method} ${path}`).toMatchObject({ status: 401 });
    }
  });

  /** A key of another organization on the same installation. */
  async function createOutsider(): Promise<NewApiKeySecret> {
    const key = await api.makeKey(["ORG_OWNER"]);
    const orgId = newId();
    const { idKeySealed } = await api.database.db.organization.findUniqueOrThrow({ where: { id: api.orgId } });
    await api.database.db.organization.create({ data: { id: orgId, name: "Elsewhere", idKeySealed } });
    await api.database.db.apiKey.update({ where: { publicKey: key.publicKey }, data: { organizationId: orgId } });
    return key;
  }
});
