import { describe, expect, it } from "vitest";
import { pageItems, resultItems } from "./palette-items";

const scope = { organization: { id: "o1", name: "Fernhollow" }, project: { id: "p1", name: "Checkout" } };

describe("the command palette", () => {
  it("finds pages by a part of their name, the project's before the organization's", () => {
    expect(pageItems(scope, "memb").map((item) => item.href)).toEqual([
      "/projects/p1/members",
      "/organizations/o1/members",
    ]);
    expect(pageItems({ organization: null, project: null }, "")).toEqual([]);
  });

  it("lists an action that is not allowed with the role it needs", () => {
    const [item] = resultItems(
      {
        projects: [],
        clusters: [],
        snapshots: [],
        people: [],
        actions: [
          {
            id: "restore",
            cluster: { id: "c1", name: "checkout-prod" },
            project: scope.project,
            can: { allowed: false, reason: "", needs: "Project Backup Manager", whoHas: ["Mei"] },
          },
        ],
      },
      "o1",
    );
    expect(item).toMatchObject({
      label: "Restore: checkout-prod",
      reason: "It needs Project Backup Manager. Mei has it.",
      href: "/projects/p1/restores/new?cluster=checkout-prod",
    });
  });
});
