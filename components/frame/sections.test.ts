import { describe, expect, it } from "vitest";
import { isCurrentSection, organizationSections, projectSections } from "./sections";

const current = (pathname: string) =>
  [...projectSections("p1"), ...organizationSections("o1")]
    .filter((section) => isCurrentSection(section, pathname))
    .map((section) => section.label);

describe("the section an address belongs to", () => {
  it.each([
    ["/projects/p1/overview", "Overview"],
    ["/projects/p1/clusters/new", "Clusters"],
    ["/projects/p1/clusters/checkout-prod", "Clusters"],
    ["/projects/p1/clusters/checkout-prod/backup", "Backup"],
    ["/projects/p1/restores/abc/report", "Backup"],
    ["/organizations/o1/clusters", "All Clusters"],
    ["/organizations/o1/storage/targets/t1", "Storage"],
  ])("%s is %s", (pathname, label) => {
    expect(current(pathname)).toEqual([label]);
  });
});
