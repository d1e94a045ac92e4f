import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { makeActor } from "@/server/access/actor";
import { fixedClock } from "@/server/platform/clock";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { Authentication } from "./authenticate";
import { AtlasHandler, type HandlerPorts } from "./handler";
import { RateLimiter } from "./rate-limit";
import { defineRoute, type Route } from "./route";

const actor = makeActor({ type: "apiKey", id: "key", name: "abcdefgh" });
const challenge: Authentication = { kind: "challenged", wwwAuthenticate: "Digest x", attempted: false };

const routes: Route[] = [
  defineRoute({
    operationId: "listThings",
    method: "GET",
    path: "/groups/{groupId}/things",
    versions: ["2023-01-01", "2024-08-05"],
    permission: "project.read",
    query: z.object({ colour: z.optional(z.enum(["red", "blue"])) }),
    handler: async ({ list, query, version }) => list([{ colour: query.colour ?? "none", version }], 3),
  }),
  defineRoute({
    operationId: "makeThing",
    method: "POST",
    path: "/groups/{groupId}/things",
    versions: ["2023-01-01", "2024-08-05"],
    permission: "project.update",
    callsPerMinute: 2,
    body: (version) =>
      version === "2023-01-01"
        ? z.object({ old: z.int() })
        : z.object({
            name: z.string(),
            kind: z.optional(z.enum(["a", "b"])),
            deep: z.optional(z.object({ n: z.int() })),
          }),
    handler: async ({ body, bodyVersion, params }) => ({
      status: 201,
      content: { ...(body as object), bodyVersion, groupId: params.groupId },
      headers: { Location: "/somewhere" },
    }),
  }),
  defineRoute({
    operationId: "deleteThing",
    method: "DELETE",
    path: "/groups/{groupId}/things",
    versions: ["2023-01-01"],
    permission: "project.delete",
    handler: async () => ({ status: 204 }),
  }),
  defineRoute({
    operationId: "break",
    method: "GET",
    path: "/break",
    versions: ["2023-01-01"],
    permission: "project.read",
    handler: async () => {
      throw new Error("secret cause");
    },
  }),
];

function makeHandler(ports: Partial<HandlerPorts> = {}) {
  const logged: unknown[] = [];
  const log = (entry: unknown) => void logged.push(entry);
  const handler = new AtlasHandler(routes, {
    authenticate: async () => ({ kind: "authenticated", keyId: "key" }),
    loadActor: async () => actor,
    authorize: async () => null,
    limiter: new RateLimiter(fixedClock(new Date(0))),
    logger: { info: log, warn: log, error: log },
    ...ports,
  });
  const call = async (
    method: string,
    path: string,
    options: { accept?: string; type?: string; body?: string } = {},
  ) => {
    const headers = new Headers({ accept: options.accept ?? "application/vnd.atlas.2025-03-12+json" });
    if (options.body !== undefined) headers.set("content-type", options.type ?? "application/json");
    const request = new Request(`http://h:1/api/atlas/v2${path}`, { method, headers, body: options.body });
    const response = await handler.handle(request);
    const text = await response.text();
    return { response, text, body: text === "" ? undefined : (JSON.parse(text) as Record<string, unknown>) };
  };
  return { call, logged };
}

const things = "/groups/5f0000000000000000000001/things";

describe("AtlasHandler", () => {
  const { call } = makeHandler();

  it("echoes the resolved version, and answers in it", async () => {
    const { response, body } = await call("GET", things, { accept: "application/vnd.atlas.2023-06-01+json" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/vnd.atlas.2023-01-01+json;charset=utf-8");
    expect(body).toMatchObject({ results: [{ version: "2023-01-01" }], totalCount: 3 });
  });

  it("pages lists with absolute links", async () => {
    const { body } = await call("GET", `${things}?itemsPerPage=1&pageNum=2`);
    expect((body!.links as { rel: string }[]).map((link) => link.rel)).toEqual(["self", "previous", "next"]);
  });

  it("has rate limit headers on every reply", async () => {
    for (const path of [things, "/nothing", `${things}?pageNum=0`]) {
      const { response } = await call("GET", path);
      expect(response.headers.get("ratelimit-limit"), path).toBe("1200");
      expect(response.headers.get("ratelimit-remaining"), path).toMatch(/^\d+$/);
    }
  });

  it("indents with pretty=true", async () => {
    expect((await call("GET", `${things}?pretty=true`)).text).toContain('\n  "results"');
    expect((await call("GET", things)).text).not.toContain("\n");
  });

  it("wraps with envelope=true", async () => {
    const listed = await call("GET", `${things}?envelope=true`);
    expect(listed.body).toMatchObject({ status: 200, results: [{}], totalCount: 3 });
    const made = await call("POST", `${things}?envelope=true`, { body: '{"name":"x"}' });
    expect(made.response.status).toBe(200);
    expect(made.body).toMatchObject({ status: 201, content: { name: "x" } });
    const failed = await call("GET", "/nothing?envelope=true");
    expect(failed.response.status).toBe(200);
    expect(failed.body).toMatchObject({ status: 404, content: { errorCode: "RESOURCE_NOT_FOUND" } });
  });

  it("sends no body and no type with 204", async () => {
    const { response, text } = await call("DELETE", things);
    expect(response.status).toBe(204);
    expect(text).toBe("");
    expect(response.headers.has("content-type")).toBe(false);
  });

  it("treats an empty query parameter as absent, and ignores unknown ones", async () => {
    const { body } = await call("GET", `${things}?colour=&whatever=1`);
    expect(body).toMatchObject({ results: [{ colour: "none" }] });
  });
});

describe("a refusal", () => {
  const { call } = makeHandler();

  it("is plain JSON with the code in a header", async () => {
    const { response, body } = await call("GET", "/nothing");
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("x-error-code")).toBe("RESOURCE_NOT_FOUND");
    expect(body).toEqual({
      detail: "Cannot find resource /api/atlas/v2/nothing.",
      error: 404,
      errorCode: "RESOURCE_NOT_FOUND",
      parameters: ["/api/atlas/v2/nothing"],
      reason: "Not Found",
    });
  });

  it.each([
    ["an unknown colour", `${things}?colour=green`, 400, "INVALID_QUERY_PARAMETER", ["colour"]],
    ["a page that cannot be", `${things}?pageNum=0`, 400, "INVALID_QUERY_PARAMETER", ["pageNum"]],
    ["a flag that is no flag", `${things}?pretty=maybe`, 400, "INVALID_QUERY_PARAMETER", ["pretty"]],
  ])("of %s names the parameter", async (_, path, status, errorCode, parameters) => {
    expect((await call("GET", path)).body).toMatchObject({ error: status, errorCode, parameters });
  });

  it.each<[string, string, number, string, unknown[]?]>([
    ["a missing field", "{}", 400, "MISSING_ATTRIBUTE", ["name"]],
    ["a field of another type", '{"name":1}', 400, "INVALID_ATTRIBUTE", ["name"]],
    ["a field deep inside", '{"name":"x","deep":{"n":1.5}}', 400, "INVALID_ATTRIBUTE", ["deep.n"]],
    ["an unknown word", '{"name":"x","kind":"z"}', 400, "INVALID_ENUM_VALUE", ["kind", "z"]],
    ["an array", "[]", 400, "INVALID_JSON"],
    ["text that is no JSON", "{", 400, "MALFORMED_JSON"],
  ])("of a body with %s names the field", async (_, body, status, errorCode, parameters) => {
    const { call } = makeHandler();
    const answer = await call("POST", things, { body });
    expect(answer.body).toMatchObject({ error: status, errorCode, ...(parameters && { parameters }) });
    if (parameters) expect(answer.body).toHaveProperty("badRequestDetail.fields.0.field", parameters[0]);
  });

  it("of another content type is 415, of a body without end 413", async () => {
    const typed = await makeHandler().call("POST", things, { body: "a=b", type: "application/x-www-form-urlencoded" });
    expect(typed.body).toMatchObject({ error: 415 });
    const long = await makeHandler().call("POST", things, { body: JSON.stringify({ name: "x".repeat(1_100_000) }) });
    expect(long.body).toMatchObject({ error: 413 });
  });

  it("of a version that cannot be served is 406", async () => {
    for (const accept of ["*/*", "application/json", "application/vnd.atlas.2022-01-01+json"]) {
      expect((await call("GET", things, { accept })).body).toMatchObject({
        error: 406,
        errorCode: "INVALID_VERSION_DATE",
      });
    }
  });

  it("of another method is 405 and says which there are", async () => {
    const { response } = await call("PUT", things, { body: "{}" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("DELETE, GET, POST");
  });

  it("of too many calls is 429 with the bucket's numbers", async () => {
    const { call } = makeHandler();
    for (let i = 0; i < 2; i++)
      expect((await call("POST", things, { body: '{"name":"x"}' })).response.status).toBe(201);
    const { response, body } = await call("POST", things, { body: '{"name":"x"}' });
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("30");
    expect(body).toMatchObject({
      errorCode: "RATE_LIMITED_TOKEN_BUCKET",
      parameters: [`/api/atlas/v2${things}`, 30, 2, 2, 60],
    });
    expect((await call("GET", things)).response.status).toBe(200);
  });

  it("for a fault of ours says nothing of the cause, which is logged", async () => {
    const { call, logged } = makeHandler();
    const { body, text } = await call("GET", "/break");
    expect(body).toMatchObject({ error: 500, errorCode: "UNEXPECTED_ERROR" });
    expect(text).not.toContain("secret");
    expect(logged).toEqual([expect.objectContaining({ err: expect.objectContaining({ message: "secret cause" }) })]);
  });
});

describe("bodies", () => {
  it("are read by their own version, else by the reply's", async () => {
    const { call } = makeHandler();
    const byType = await call("POST", things, { body: '{"old":1}', type: "application/vnd.atlas.2023-01-01+json" });
    expect(byType.body).toMatchObject({ old: 1, bodyVersion: "2023-01-01" });
    expect(byType.response.headers.get("content-type")).toContain("2024-08-05");
    const byAccept = await makeHandler().call("POST", things, {
      body: '{"old":2}',
      accept: "application/vnd.atlas.2023-01-01+json",
    });
    expect(byAccept.body).toMatchObject({ old: 2, bodyVersion: "2023-01-01" });
    expect(byAccept.response.headers.get("location")).toBe("/somewhere");
  });
});

describe("authentication", () => {
  it("comes before everything: no route, version or body is looked at", async () => {
    const { call } = makeHandler({ authenticate: async () => challenge });
    for (const [method, path] of [
      ["GET", things],
      ["GET", "/nothing"],
      ["POST", things],
    ] as const) {
      const { response, body } = await call(method, path, { accept: "*/*" });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Digest x");
      expect(body).toEqual({
        error: 401,
        reason: "Unauthorized",
        detail: "You are not authorized for this resource.",
        errorCode: "UNEXPECTED_ERROR",
      });
    }
  });

  it("keeps the challenge's status in an envelope, or no client could answer it", async () => {
    const { call } = makeHandler({ authenticate: async () => challenge });
    expect((await call("GET", `${things}?envelope=true`)).response.status).toBe(401);
  });

  it("limits guesses, not first requests", async () => {
    const guess = makeHandler({ authenticate: async () => ({ ...challenge, attempted: true }) as Authentication });
    const first = makeHandler({ authenticate: async () => challenge });
    let last = 0;
    for (let i = 0; i < 1201; i++) last = (await guess.call("GET", things)).response.status;
    expect(last).toBe(429);
    for (let i = 0; i < 1201; i++) last = (await first.call("GET", things)).response.status;
    expect(last).toBe(401);
  });

  it("asks for the route's permission before it looks at the input", async () => {
    const asked: string[] = [];
    const { call } = makeHandler({
      authorize: async (_, route) => {
        asked.push(route.permission);
        throw new DomainError("USER_UNAUTHORIZED");
      },
    });
    const { body } = await call("POST", things, { body: "{" });
    expect(body).toMatchObject({ error: 401, errorCode: "USER_UNAUTHORIZED" });
    expect(asked).toEqual(["project.update"]);
  });
});
