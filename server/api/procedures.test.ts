import { describe, expect, it } from "vitest";
import { PERMISSIONS } from "@/server/access/permissions";
import { appRouter } from "./root";
import type { Meta } from "./trpc";

interface ProcedureDefinition {
  meta?: Meta;
  inputs: unknown[];
  output?: unknown;
  type: "query" | "mutation" | "subscription";
}

/** Every procedure of the router, by its path. */
const procedures = Object.entries(
  appRouter._def.procedures as unknown as Record<string, { _def: ProcedureDefinition }>,
);

describe("every procedure", () => {
  it("is found by this walk", () => {
    expect(procedures.length).toBeGreaterThan(45);
  });

  it.each(procedures)("%s asks for a permission of the table", (_path, { _def }) => {
    expect(Object.keys(PERMISSIONS)).toContain(_def.meta?.permission);
  });

  it.each(procedures)("%s says what it answers, so that nothing else leaves the server", (_path, { _def }) => {
    if (_def.type !== "subscription") expect(_def.output).toBeDefined();
  });

  it("is open to people who are not signed in only for the set-up", () => {
    const open = procedures.filter(([, { _def }]) => PERMISSIONS[_def.meta!.permission].scope === "anyone");
    expect(open.map(([path]) => path)).toEqual(["setup.status", "setup.complete"]);
  });

  it("reads with looking rights only, but for three that prepare what they need the right for", () => {
    const looks = /\.(read|list|search|connect)$/;
    const odd = procedures.filter(
      ([, { _def }]) =>
        _def.type === "query" && !looks.test(_def.meta!.permission) && _def.meta!.permission !== "setup.complete",
    );
    expect(odd.map(([path]) => path)).toEqual(["restores.targets", "restores.check", "storage.describeNew"]);
  });
});
