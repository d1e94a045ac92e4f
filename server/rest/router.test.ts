import { describe, expect, it } from "vitest";
import { Router } from "./router";

const router = new Router([
  { method: "GET", path: "" },
  { method: "GET", path: "/groups" },
  { method: "POST", path: "/groups" },
  { method: "GET", path: "/groups/{groupId}" },
  { method: "DELETE", path: "/groups/{groupId}" },
  { method: "GET", path: "/groups/byName/{groupName}" },
  { method: "GET", path: "/groups/{groupId}/clusters" },
]);

describe("Router", () => {
  it("finds a route and its decoded parameters", () => {
    expect(router.match("GET", "/groups/byName/a%2Fb%20c")).toMatchObject({
      kind: "found",
      params: { groupName: "a/b c" },
    });
    expect(router.match("DELETE", "/groups/123")).toMatchObject({
      kind: "found",
      route: { method: "DELETE" },
      params: { groupId: "123" },
    });
  });

  it("prefers a literal segment to a parameter", () => {
    expect(router.match("GET", "/groups/byName/clusters")).toMatchObject({
      kind: "found",
      params: { groupName: "clusters" },
    });
  });

  it("serves the root, a slash at the end, and HEAD by GET", () => {
    expect(router.match("GET", "")).toMatchObject({ kind: "found", route: { path: "" } });
    expect(router.match("GET", "/groups/")).toMatchObject({ kind: "found", route: { path: "/groups" } });
    expect(router.match("HEAD", "/groups")).toMatchObject({ kind: "found", route: { method: "GET" } });
  });

  it("tells a wrong method from an unknown path", () => {
    expect(router.match("PATCH", "/groups")).toEqual({ kind: "methodNotAllowed", allowed: ["GET", "POST"] });
    expect(router.match("GET", "/nothing")).toEqual({ kind: "notFound" });
    expect(router.match("GET", "/groups/1/clusters/2")).toEqual({ kind: "notFound" });
    expect(router.match("GET", "/groups/%zz")).toEqual({ kind: "notFound" });
  });
});
