import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What the demo of the portal under test offers: `<home>/demo.json`. */
export interface Demo {
  readonly url: string;
  readonly api: { readonly publicKey: string; readonly privateKey: string; readonly orgId: string };
  readonly users: ReadonlyArray<{
    readonly email: string;
    readonly password: string;
    readonly name: string;
    readonly orgRoles: readonly string[];
    readonly projectRoles: Readonly<Record<string, readonly string[]>>;
  }>;
  readonly clusters: ReadonlyArray<{
    readonly groupId: string;
    readonly name: string;
    readonly tier: string;
    readonly mongoDBVersion: string;
    readonly connectionString: string;
  }>;
}

export function readDemo(): Demo {
  const home = process.env.HOLDFAST_E2E_HOME;
  if (!home) throw new Error("HOLDFAST_E2E_HOME is not set; run the journeys with npm run e2e");
  return JSON.parse(readFileSync(join(home, "demo.json"), "utf8")) as Demo;
}

/** A person of the demo who has the role in some project (or in the organization). */
export function personWithRole(demo: Demo, role: string): Demo["users"][number] {
  const person = demo.users.find(
    (user) => user.orgRoles.includes(role) || Object.values(user.projectRoles).some((roles) => roles.includes(role)),
  );
  if (!person) throw new Error(`nobody in the demo has ${role}`);
  return person;
}
