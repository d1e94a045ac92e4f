import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CheckId, RestoreToCheck, SnapshotToCheck, TargetToCheck } from "./check";
import { checkRestore, firstFailure } from "./check-restore";

const replicaSet = { kind: "replicaSet" } as const;

function snapshotOf(over: Partial<SnapshotToCheck> = {}): SnapshotToCheck {
  return {
    state: "completed",
    version: "8.0.4",
    fcv: over.version ? majorMinor(over.version) : "8.0",
    fcvPinned: false,
    tier: "M10",
    topology: replicaSet,
    consistent: true,
    dataBytes: 1_000_000,
    encryption: "none",
    views: [],
    timeSeries: [],
    ...over,
  };
}

function targetOf(over: Partial<TargetToCheck> = {}): TargetToCheck {
  return {
    name: "staging",
    state: "idle",
    tier: "M10",
    version: "8.0.9",
    fcv: over.version ? majorMinor(over.version) : "8.0",
    topology: replicaSet,
    encryption: "none",
    storage: { freeBytes: 10_000_000, totalBytes: 20_000_000 },
    restoreRunning: false,
    writeBlock: "off",
    canBlockWrites: true,
    missingPrivileges: [],
    usersWhoBypass: [],
    bypassKnown: true,
    timeSeries: [],
    ...over,
  };
}

const caller = { source: { allowed: true, project: "Shop" }, target: { allowed: true, project: "Shop" } };

function check(over: {
  snapshot?: Partial<SnapshotToCheck>;
  target?: Partial<TargetToCheck>;
  rest?: Partial<RestoreToCheck>;
}) {
  return checkRestore({ snapshot: snapshotOf(over.snapshot), target: targetOf(over.target), caller, ...over.rest });
}

function majorMinor(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

function resultOf(checks: ReturnType<typeof check>, id: CheckId) {
  return checks.find((one) => one.id === id)!;
}

const sharded = { kind: "sharded", shards: 2, configServer: "embedded" } as const;

/** Version, pinned FCV, target, whether it passes: the worked examples of the domain's rules, each one. */
const WORKED_EXAMPLES: Array<[string, string | null, string, boolean]> = [
  ["8.1.2", null, "8.1.0", true],
  ["8.1.2", null, "8.2.0", true],
  ["8.1.2", null, "8.0.12", false],
  ["8.2.0", null, "9.0.0", true],
  ["8.0.4", null, "7.0.20", false],
  ["7.0.14", null, "8.0.1", true],
  ["7.0.14", null, "8.2.0", true],
  ["7.0.14", null, "9.0.0", false],
  ["6.0.16", null, "8.0.1", false],
  ["8.0.4", "7.0", "7.0.14", true],
  ["8.0.4", "7.0", "8.0.4", false],
  ["8.0.4", "8.0", "8.0.4", true],
  ["8.0.4", "8.0", "9.0.0", false],
  ["8.2.0", "8.0", "8.0.5", true],
  ["4.0.28", null, "4.2.25", true],
  ["4.0.28", null, "4.4.29", false],
  ["4.4.29", null, "5.0.31", true],
];

describe("checkRestore: the worked examples", () => {
  it.each(WORKED_EXAMPLES)("%s with pinned FCV %s to %s passes: %s", (version, pinned, target, passes) => {
    const checks = check({
      snapshot: { version, fcv: pinned ?? majorMinor(version), fcvPinned: pinned !== null },
      target: { version: target },
    });
    expect(resultOf(checks, "version").result).toBe(passes ? "pass" : "fail");
    expect(firstFailure(checks) === null).toBe(passes);
  });

  it("Flex 8.0 to M10 8.0 passes, to M10 9.0 fails by the tenant rule", () => {
    expect(firstFailure(check({ snapshot: { tier: "FLEX", version: "8.0.4" } }))).toBeNull();
    const refused = firstFailure(check({ snapshot: { tier: "FLEX", version: "8.0.4" }, target: { version: "9.0.0" } }));
    expect(refused).toMatchObject({ id: "version", errorCode: "TENANT_RESTORE_VERSION_MISMATCH", stops: ["fullLoad"] });
  });

  it("7.0 sharded to 8.0 sharded with embedded config servers fails until managed ones are off", () => {
    const over = {
      snapshot: { version: "7.0.14", topology: sharded },
      target: { version: "8.0.4", topology: sharded },
    };
    expect(resultOf(check(over), "topology")).toMatchObject({
      result: "fail",
      fact: expect.stringContaining("managed config servers"),
    });
    const off = { ...over, target: { ...over.target, topology: { ...sharded, managedConfigServers: false } } };
    expect(resultOf(check(off), "topology").result).toBe("pass");
  });

  it("says what a backup can be restored to", () => {
    const fact = resultOf(check({ snapshot: { version: "8.1.2" }, target: { version: "8.0.12" } }), "version").fact;
    expect(fact).toBe("A backup of 8.1.2 can be restored to 8.1 and later minors or 9.x, not to 8.0.12.");
  });
});

describe("checkRestore: every other row", () => {
  const rows: Array<[string, CheckId, "pass" | "warn" | "fail", string | null, Parameters<typeof check>[0]]> = [
    [
      "a deleted snapshot",
      "snapshot",
      "fail",
      "CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT",
      { snapshot: { state: "deleted" } },
    ],
    ["an expired snapshot", "snapshot", "fail", "SNAPSHOT_NOT_FOUND", { snapshot: { state: "expired" } }],
    [
      "an unfinished snapshot",
      "snapshot",
      "fail",
      "CANNOT_START_RESTORE_JOB_FOR_INCOMPLETE_CLUSTER_SNAPSHOT",
      { snapshot: { state: "inProgress" } },
    ],
    [
      "a failed snapshot",
      "snapshot",
      "fail",
      "CANNOT_START_RESTORE_JOB_FOR_INCOMPLETE_CLUSTER_SNAPSHOT",
      { snapshot: { state: "failed" } },
    ],
    [
      "a snapshot of many moments",
      "consistency",
      "warn",
      null,
      { snapshot: { consistent: false, inconsistentReason: "no snapshot reads" } },
    ],
    ["a snapshot with views", "notAtomic", "warn", null, { snapshot: { views: ["shop.v"] } }],
    ["a snapshot with time series", "notAtomic", "fail", null, { snapshot: { timeSeries: ["shop.t"] } }],
    ["a target with time series", "notAtomic", "fail", null, { target: { timeSeries: ["shop.t"] } }],
    ["a target that is being created", "state", "fail", "RESTORE_INITIATION_FAILED", { target: { state: "creating" } }],
    ["a target that is being deleted", "state", "fail", "RESTORE_INITIATION_FAILED", { target: { state: "deleting" } }],
    ["a target that is gone", "state", "fail", "CLUSTER_NOT_FOUND", { target: { state: "deleted" } }],
    ["a paused target", "state", "fail", "CLUSTER_PAUSED_CANNOT_RESTORE", { target: { state: "paused" } }],
    ["a target that does not answer", "state", "fail", null, { target: { state: "unreachable" } }],
    [
      "a target with a live import",
      "state",
      "fail",
      "CANNOT_PERFORM_RESTORE_ON_CLUSTER_WITH_RUNNING_LIVE_IMPORT",
      { target: { liveImportRunning: true } },
    ],
    ["a user without rights", "state", "fail", null, { target: { missingPrivileges: ["insert on all databases"] } }],
    ["an M0 target", "tier", "fail", "INSUFFICIENT_INSTANCE_SIZE", { target: { tier: "M0" } }],
    ["a Flex target for a dedicated snapshot", "tier", "fail", null, { target: { tier: "FLEX" } }],
    [
      "a Flex target for a Flex snapshot",
      "tier",
      "pass",
      null,
      { snapshot: { tier: "FLEX" }, target: { tier: "FLEX" } },
    ],
    ["an M0 snapshot", "tier", "fail", null, { snapshot: { tier: "M0" } }],
    ["a replica set to a sharded cluster", "topology", "fail", null, { target: { topology: sharded } }],
    [
      "a Flex snapshot to a sharded cluster",
      "topology",
      "fail",
      "TENANT_RESTORE_INCOMPATIBLE_TOPOLOGY",
      { snapshot: { tier: "FLEX" }, target: { topology: sharded } },
    ],
    [
      "another number of shards",
      "topology",
      "fail",
      null,
      { snapshot: { topology: sharded }, target: { topology: { ...sharded, shards: 3 } } },
    ],
    [
      "another kind of config server",
      "topology",
      "fail",
      null,
      { snapshot: { topology: sharded }, target: { topology: { ...sharded, configServer: "dedicated" } } },
    ],
    [
      "one shard's snapshot",
      "topology",
      "fail",
      "AUTOMATED_RESTORE_OF_SHARD_NOT_ALLOWED",
      { snapshot: { isShardPart: true } },
    ],
    ["a standalone target", "topology", "pass", null, { target: { topology: { kind: "standalone" } } }],
    [
      "unencrypted to encrypted",
      "encryption",
      "fail",
      "INVALID_SNAPSHOT_RESTORE_ENCRYPTION",
      { target: { encryption: "aws" } },
    ],
    [
      "encrypted to unencrypted",
      "encryption",
      "fail",
      "INVALID_SNAPSHOT_RESTORE_ENCRYPTION",
      { snapshot: { encryption: "aws" } },
    ],
    [
      "another key provider",
      "encryption",
      "fail",
      "INVALID_SNAPSHOT_RESTORE_ENCRYPTION",
      { snapshot: { encryption: "aws" }, target: { encryption: "gcp" } },
    ],
    [
      "a lost key",
      "encryption",
      "fail",
      "INVALID_SNAPSHOT_RESTORE_ENCRYPTION",
      { snapshot: { encryption: "aws", encryptionKeyUsable: false }, target: { encryption: "aws" } },
    ],
    [
      "Flex to customer-managed keys",
      "encryption",
      "fail",
      "TENANT_RESTORE_DESTINATION_ENCRYPTION",
      { snapshot: { tier: "FLEX" }, target: { encryption: "aws" } },
    ],
    ["too little space", "space", "fail", null, { target: { storage: { freeBytes: 999_999, totalBytes: 2_000_000 } } }],
    ["little space", "space", "warn", null, { target: { storage: { freeBytes: 1_200_000, totalBytes: 2_000_000 } } }],
    ["unknown space", "space", "warn", null, { target: { storage: null } }],
    ["a running restore", "lock", "fail", "ATLAS_CLUSTER_RESTORE_IN_PROGRESS", { target: { restoreRunning: true } }],
    ["a foreign write block", "lock", "fail", "WRITE_BLOCK_NOT_OURS", { target: { writeBlock: "notOurs" } }],
    ["our own write block", "lock", "pass", null, { target: { writeBlock: "ours" } }],
    [
      "a server that cannot block",
      "writeBlock",
      "warn",
      null,
      { target: { writeBlock: "unsupported", canBlockWrites: false } },
    ],
    ["users who bypass", "bypass", "warn", null, { target: { usersWhoBypass: ["admin"] } }],
    ["unknown users", "bypass", "warn", null, { target: { bypassKnown: false } }],
    ["connected clients", "bypass", "warn", null, { target: { otherClients: 3 } }],
    ["a lower FCV on the target", "fcv", "fail", null, { target: { version: "8.0.4", fcv: "7.0" } }],
    ["an FCV change under way", "fcv", "fail", null, { target: { fcvTargetVersion: "8.0" } }],
    [
      "a policy that allows it",
      "compliance",
      "pass",
      null,
      { rest: { compliance: { active: true, encryptionRequired: false } } },
    ],
    [
      "a policy that wants encryption",
      "compliance",
      "fail",
      null,
      { rest: { compliance: { active: true, encryptionRequired: true } } },
    ],
    [
      "no role in the source",
      "roleSource",
      "fail",
      "CANNOT_RESTORE_TO_TARGET",
      { rest: { caller: { ...caller, source: { allowed: false, project: "Shop" } } } },
    ],
    [
      "no role in the target",
      "roleTarget",
      "fail",
      "CANNOT_RESTORE_TO_TARGET",
      { rest: { caller: { ...caller, target: { allowed: false, project: "Shop" } } } },
    ],
  ];

  it.each(rows)("%s: %s is %s", (_name, id, result, errorCode, over) => {
    const checks = check(over);
    expect(resultOf(checks, id)).toMatchObject({ result, errorCode, stops: result === "fail" ? ["fullLoad"] : [] });
    const others = checks.filter((one) => one.id !== id && one.result === "fail").map((one) => one.id);
    expect(others).toEqual([]);
  });

  it("gives the same checks in the same order whatever the facts", () => {
    const ids = check({}).map((one) => one.id);
    expect(new Set(ids).size).toBe(16);
    for (const row of rows) expect(check(row[4]).map((one) => one.id)).toEqual(ids);
  });
});

describe("checkRestore: properties", () => {
  const majors = fc.constantFrom(5, 6, 7, 8, 9);
  const release = fc.record({
    major: majors,
    minor: fc.integer({ min: 0, max: 3 }),
    patch: fc.integer({ min: 0, max: 40 }),
  });
  const text = (r: { major: number; minor: number; patch: number }) => `${r.major}.${r.minor}.${r.patch}`;
  const allowed = (from: string, to: string, pinned: string | null = null) =>
    resultOf(
      check({
        snapshot: { version: from, fcv: pinned ?? majorMinor(from), fcvPinned: pinned !== null },
        target: { version: to },
      }),
      "version",
    ).result === "pass";

  it("a snapshot fits where it came from", () => {
    fc.assert(fc.property(release, (r) => allowed(text(r), text(r))));
  });

  it("the patch never matters", () => {
    fc.assert(
      fc.property(release, release, fc.nat(40), fc.nat(40), (a, b, p, q) => {
        expect(allowed(text({ ...a, patch: p }), text({ ...b, patch: q }))).toBe(allowed(text(a), text(b)));
      }),
    );
  });

  it("never two majors up, never a major down", () => {
    fc.assert(
      fc.property(release, release, (a, b) => {
        fc.pre(b.major >= a.major + 2 || b.major < a.major);
        expect(allowed(text(a), text(b))).toBe(false);
      }),
    );
  });

  it("a higher minor of an allowed major stays allowed", () => {
    fc.assert(
      fc.property(release, release, (a, b) => {
        if (allowed(text(a), text(b))) expect(allowed(text(a), text({ ...b, minor: b.minor + 1 }))).toBe(true);
      }),
    );
  });

  it("a pinned version allows its own major only", () => {
    fc.assert(
      fc.property(release, majors, release, (a, pinned, b) => {
        expect(allowed(text(a), text(b), `${pinned}.0`)).toBe(b.major === pinned);
      }),
    );
  });
});
