import { describe, expect, it } from "vitest";
import { makeActor, SYSTEM, type Actor } from "./actor";
import { PERMISSIONS, type Permission } from "./permissions";
import { can, describeNeeds, requirePermission } from "./require-permission";
import { ORG_ROLES, PROJECT_ROLES, type OrgRole, type ProjectRole } from "./schema";

const org = { id: "a".repeat(24), name: "Fernhollow" };
const project = { id: "b".repeat(24), name: "Checkout", organizationId: org.id };

const inProject = (...roles: ProjectRole[]): Actor =>
  makeActor({
    type: "user",
    id: "1",
    name: "p",
    orgRoles: { [org.id]: ["ORG_MEMBER"] },
    projectRoles: { [project.id]: roles },
  });
const inOrg = (...roles: OrgRole[]): Actor =>
  makeActor({ type: "user", id: "1", name: "o", orgRoles: { [org.id]: roles } });

/** The columns of the matrix "action x project role", in its order. */
const COLUMNS = {
  PO: "GROUP_OWNER",
  BM: "GROUP_BACKUP_MANAGER",
  BC: "GROUP_BACKUP_CREATOR",
  BR: "GROUP_BACKUP_RECOVERY_OPERATOR",
  BE: "GROUP_BACKUP_EXPORT_OPERATOR",
  CM: "GROUP_CLUSTER_MANAGER",
  CC: "GROUP_CLUSTER_CREATOR",
  AM: "GROUP_ACCESS_MANAGER",
  DA: "GROUP_DATA_ACCESS_ADMIN",
  DW: "GROUP_DATA_ACCESS_READ_WRITE",
  DR: "GROUP_DATA_ACCESS_READ_ONLY",
  DB: "GROUP_DATABASE_ACCESS_ADMIN",
  OV: "GROUP_OBSERVABILITY_VIEWER",
  AL: "GROUP_ALERTS_MANAGER",
  RO: "GROUP_READ_ONLY",
} as const satisfies Record<string, ProjectRole>;

const EVERYBODY = Object.keys(COLUMNS).join(" ");

/** The matrix itself: which columns hold a Y. */
const MATRIX: Array<[Permission, string]> = [
  ["cluster.read", EVERYBODY],
  ["snapshot.read", EVERYBODY],
  ["backup.policy.read", EVERYBODY],
  ["snapshot.take", "PO BM BC"],
  ["backup.policy.edit", "PO BM"],
  ["snapshot.delete", "PO BM"],
  ["snapshot.retention", "PO BM"],
  ["restore.start", "PO BM BR"],
  ["snapshot.browse", "PO BM"],
  ["restore.cancel", "PO BM BR BE"],
  ["restore.read", EVERYBODY],
  ["snapshot.download", "PO BM BE"],
  ["backup.exportBucket.manage", "PO BM"],
  ["backup.compliance.manage", "PO"],
  ["backup.compliance.read", "PO"],
  ["backup.switch", "PO CM"],
  ["cluster.create", "PO CC"],
  ["cluster.pause", "PO CM"],
  ["cluster.delete", "PO"],
  ["cluster.pinFcv", "PO"],
  ["flex.manage", "PO"],
  ["flex.upgrade", "PO CM"],
  ["archive.read", EVERYBODY],
  ["archive.create", "PO CM DA"],
  ["archive.edit", "PO DA"],
  ["data.read", "PO DA DW DR"],
  ["data.write", "PO DA DW"],
  ["databaseUser.manage", "PO DB"],
  ["project.member.read", EVERYBODY],
  ["activity.read", EVERYBODY],
  ["alert.read", EVERYBODY],
  ["project.member.manage", "PO AM"],
  ["project.apiKey.manage", "PO AM"],
  ["alert.manage", "PO AL"],
  ["serviceAccount.manage", "PO"],
  ["encryption.manage", "PO"],
  ["project.update", "PO"],
  ["project.delete", "PO"],
];

describe("the matrix of project roles", () => {
  it.each(MATRIX)("%s: %s", (permission, holders) => {
    const allowed = Object.entries(COLUMNS).filter(([, role]) => can(inProject(role), permission, { project }));
    expect(allowed.map(([column]) => column).join(" ")).toBe(holders);
  });

  it("gives roles without a column what Project Read Only has", () => {
    const columns: readonly string[] = Object.values(COLUMNS);
    const reads = (Object.keys(PERMISSIONS) as Permission[]).filter((one) =>
      can(inProject("GROUP_READ_ONLY"), one, { project }),
    );
    for (const role of PROJECT_ROLES.filter((one) => !columns.includes(one))) {
      for (const permission of reads)
        expect([role, permission, can(inProject(role), permission, { project })]).toEqual([role, permission, true]);
    }
  });
});

/** Owner, Project Creator, Billing Admin, Billing Viewer, Read Only, Member. */
const ORG_COLUMNS = [
  "ORG_OWNER",
  "ORG_GROUP_CREATOR",
  "ORG_BILLING_ADMIN",
  "ORG_BILLING_READ_ONLY",
  "ORG_READ_ONLY",
  "ORG_MEMBER",
] as const;
const ORG_MATRIX: Array<[Permission, readonly OrgRole[]]> = [
  ["project.create", ["ORG_OWNER", "ORG_GROUP_CREATOR"]],
  ["org.member.manage", ["ORG_OWNER"]],
  ["team.manage", ["ORG_OWNER"]],
  ["apiKey.manage", ["ORG_OWNER"]],
  ["apiKey.read", ORG_COLUMNS],
  ["org.activity.read", ORG_COLUMNS],
  ["storage.read", ORG_COLUMNS],
  ["storage.manage", ["ORG_OWNER"]],
  ["recoveryKit.read", ["ORG_OWNER"]],
  ["billing.manage", ["ORG_OWNER", "ORG_BILLING_ADMIN"]],
  ["billing.read", ["ORG_OWNER", "ORG_BILLING_ADMIN", "ORG_BILLING_READ_ONLY"]],
  ["org.update", ["ORG_OWNER"]],
  ["org.delete", ["ORG_OWNER"]],
];

describe("the matrix of organization roles", () => {
  it.each(ORG_MATRIX)("%s: %s", (permission, holders) => {
    expect(ORG_COLUMNS.filter((role) => can(inOrg(role), permission, { org }))).toEqual([...holders]);
  });

  it("shows every project to owners and readers, and to nobody else without a role in it", () => {
    expect(ORG_ROLES.filter((role) => can(inOrg(role), "project.read", { project }))).toEqual([
      "ORG_OWNER",
      "ORG_READ_ONLY",
    ]);
  });

  it("gives an Organization Owner no right over backups before they add themselves", () => {
    const aboutBackups = (Object.keys(PERMISSIONS) as Permission[]).filter((one) =>
      /^(snapshot|restore|backup|run\.read|archive|data)\b/.test(one),
    );
    expect(aboutBackups.length).toBeGreaterThan(15);
    for (const permission of aboutBackups)
      expect([permission, can(inOrg("ORG_OWNER"), permission, { project })]).toEqual([permission, false]);
  });

  it("lets an Organization Read Only look at everything in a project and do nothing", () => {
    const ofProjects = (Object.keys(PERMISSIONS) as Permission[]).filter((one) => PERMISSIONS[one].scope === "project");
    const allowed = ofProjects.filter((one) => can(inOrg("ORG_READ_ONLY"), one, { project }));
    expect(allowed).toContain("snapshot.read");
    expect(allowed.filter((one) => !one.endsWith(".read"))).toEqual(["cluster.connect"]);
  });
});

describe("can", () => {
  it("adds roles up", () => {
    const actor = inProject("GROUP_BACKUP_CREATOR", "GROUP_BACKUP_RECOVERY_OPERATOR");
    expect(["snapshot.take", "restore.start"].map((one) => can(actor, one as Permission, { project }))).toEqual([
      true,
      true,
    ]);
    expect(can(actor, "snapshot.delete", { project })).toBe(false);
  });

  it("refuses unknown permissions, unknown roles, a missing scope, the wrong kind of scope and nobody", () => {
    const owner = inProject("GROUP_OWNER");
    expect(can(owner, "project.everything" as Permission, { project })).toBe(false);
    expect(can(owner, "toString" as Permission, { project })).toBe(false);
    expect(can(inProject("GROUP_EMPEROR" as ProjectRole), "project.read", { project })).toBe(false);
    expect(can(owner, "project.read", null)).toBe(false);
    expect(can(owner, "project.read", { org })).toBe(false);
    expect(can(null, "project.read", { project })).toBe(false);
  });

  it("gives the installation itself nothing", () => {
    for (const permission of Object.keys(PERMISSIONS) as Permission[]) {
      expect(can(SYSTEM, permission, { project }) && permission !== "setup.complete").toBe(false);
    }
  });

  it("does not carry roles from one project or organization to another", () => {
    const other = { id: "c".repeat(24), name: "Other", organizationId: "d".repeat(24) };
    const actor = makeActor({
      type: "user",
      id: "1",
      name: "x",
      orgRoles: { [org.id]: ["ORG_OWNER"] },
      projectRoles: { [project.id]: ["GROUP_OWNER"] },
    });
    expect(can(actor, "project.read", { project: other })).toBe(false);
  });

  it("gives keys nothing that concerns an account", () => {
    expect(can(makeActor({ type: "apiKey", id: "1", name: "k" }), "account.read", null)).toBe(false);
  });
});

describe("requirePermission", () => {
  const codeOf = (actor: Actor | null, permission: Permission) => {
    try {
      requirePermission(actor, permission, { project });
      return "allowed";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it("tells who may not from who may not know", () => {
    expect(codeOf(null, "snapshot.take")).toBe("SIGNED_OUT");
    expect(codeOf(inOrg("ORG_MEMBER"), "snapshot.take")).toBe("GROUP_NOT_FOUND");
    expect(codeOf(inProject("GROUP_READ_ONLY"), "snapshot.take")).toBe("USER_UNAUTHORIZED");
    expect(codeOf(inOrg("ORG_OWNER"), "snapshot.take")).toBe("USER_UNAUTHORIZED");
    expect(codeOf(inProject("GROUP_BACKUP_CREATOR"), "snapshot.take")).toBe("allowed");
  });

  it("says which roles would be enough", () => {
    expect(describeNeeds("snapshot.delete")).toBe("Project Owner or Project Backup Manager");
    expect(describeNeeds("project.create")).toBe("Organization Owner or Organization Project Creator");
  });
});
