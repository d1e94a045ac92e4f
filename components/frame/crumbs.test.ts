import { describe, expect, it } from "vitest";
import { crumbsOf } from "./crumbs";

const names = { organization: { id: "o1", name: "Fernhollow" }, project: { id: "p1", name: "Checkout" } };
const words = (path: string) => crumbsOf(path, names).map((crumb) => crumb.label);

describe("the path in the top bar", () => {
  it.each([
    ["/projects/p1/overview", ["Fernhollow", "Checkout", "Overview"]],
    ["/projects/p1/clusters/new", ["Checkout", "Clusters", "Create cluster"]],
    ["/projects/p1/clusters/checkout-prod", ["Checkout", "Clusters", "checkout-prod"]],
    ["/projects/p1/clusters/checkout-prod/backup", ["Checkout", "Backup", "checkout-prod"]],
    ["/projects/p1/clusters/checkout-prod/backup/abc", ["Checkout", "Backup", "checkout-prod", "Snapshot"]],
    ["/projects/p1/restores/new", ["Checkout", "Backup", "Restore"]],
    ["/projects/p1/restores/abc/report", ["Checkout", "Backup", "Restore", "Report"]],
    ["/organizations/o1/clusters", ["Fernhollow", "All Clusters"]],
    ["/organizations/o1/storage", ["Fernhollow", "Storage"]],
    ["/organizations/o1/storage/new", ["Fernhollow", "Storage", "Add storage target"]],
    ["/organizations/o1/storage/targets/abc", ["Fernhollow", "Storage", "Storage target"]],
    ["/organizations/o1/storage/abc/recovery-kit", ["Fernhollow", "Storage", "Recovery kit"]],
    ["/projects", ["Projects"]],
  ])("of %s is %j", (path, expected) => {
    expect(words(path)).toEqual(expected);
  });

  it("links every crumb but the page itself", () => {
    const crumbs = crumbsOf("/projects/p1/clusters/a b/backup/abc", names);
    expect(crumbs.map((crumb) => crumb.href)).toEqual([
      "/projects/p1/overview",
      "/projects/p1/backup",
      "/projects/p1/clusters/a%20b/backup",
      undefined,
    ]);
  });
});
