import { describe, expect, it } from "vitest";
import { clusterBodySchema, readClusterBody } from "./cluster-body";
import { checkBody } from "./input";
import type { ApiVersion } from "./versions";

const electableSpecs = { instanceSize: "M10", nodeCount: 3 };
const region = { providerName: "AWS", regionName: "EU_WEST_1", priority: 7, electableSpecs };
const read = (version: ApiVersion, body: Record<string, unknown>) =>
  readClusterBody("5f0000000000000000000001", checkBody(clusterBodySchema(version), body));

const created = {
  projectId: "5f0000000000000000000001",
  name: "c1",
  tier: "M10",
  cloudProvider: "AWS",
  region: "EU_WEST_1",
  mongoDBVersion: "8.0.4",
  pinFcv: false,
};

describe("readClusterBody", () => {
  it.each<[ApiVersion, Record<string, unknown>]>([
    ["2024-10-23", { name: "c1", clusterType: "REPLICASET", replicationSpecs: [{ regionConfigs: [region] }] }],
    ["2024-08-05", { name: "c1", mongoDBMajorVersion: "8.0", replicationSpecs: [{ regionConfigs: [region] }] }],
    ["2023-02-01", { name: "c1", diskSizeGB: 10, replicationSpecs: [{ numShards: 1, regionConfigs: [region] }] }],
    [
      "2023-01-01",
      { name: "c1", providerSettings: { providerName: "AWS", instanceSizeName: "M10", regionName: "EU_WEST_1" } },
    ],
  ])("reads the shape of %s", (version, body) => {
    expect(read(version, body)).toEqual(created);
  });

  it("reads a whole object sent back: what only the server sets is ignored", () => {
    const body = {
      ...{ id: "x", stateName: "IDLE", createDate: "now", connectionStrings: { standard: "mongodb://h" }, links: [] },
      ...{ name: "c1", replicationSpecs: [{ id: "y", zoneName: "Zone 1", regionConfigs: [region] }] },
    };
    expect(read("2024-08-05", body)).toEqual(created);
  });

  it("reads a free cluster, and the region with the highest priority", () => {
    const free = { providerName: "TENANT", backingProviderName: "GCP", electableSpecs: { instanceSize: "M0" } };
    expect(read("2024-08-05", { name: "c1", replicationSpecs: [{ regionConfigs: [free] }] })).toMatchObject({
      tier: "M0",
      cloudProvider: "GCP",
    });
    const second = { ...region, regionName: "US_EAST_1", priority: 6 };
    const body = { name: "c1", replicationSpecs: [{ regionConfigs: [second, region] }] };
    expect(read("2024-08-05", body)).toMatchObject({ region: "EU_WEST_1" });
  });

  it.each([
    ["7.0", "7.0.14"],
    ["8", "8.0.4"],
    ["8.1", "8.1.2"],
    ["6.0.16", "6.0.16"],
  ])("takes the newest release of %s", (mongoDBMajorVersion, mongoDBVersion) => {
    const body = { name: "c1", mongoDBMajorVersion, replicationSpecs: [{ regionConfigs: [region] }] };
    expect(read("2024-08-05", body)).toMatchObject({ mongoDBVersion });
  });

  it("connects a cluster that runs elsewhere", () => {
    const connectionString = "mongodb://user:secret@db.example:27017/";
    const body = { name: "c1", replicationSpecs: [{ regionConfigs: [region] }], holdfast: { connectionString } };
    const { mongoDBVersion: _, pinFcv: __, ...shared } = created;
    expect(read("2024-08-05", body)).toEqual({ ...shared, connectionString });
  });

  const sized = (instanceSize: string) => [{ regionConfigs: [{ ...region, electableSpecs: { instanceSize } }] }];
  it.each<[string, Record<string, unknown>, string]>([
    ["no name", { replicationSpecs: sized("M10") }, "MISSING_ATTRIBUTE"],
    ["a name that is none", { name: "-x", replicationSpecs: sized("M10") }, "INVALID_ATTRIBUTE"],
    ["no specs", { name: "c1" }, "MISSING_ATTRIBUTE"],
    ["an unknown size", { name: "c1", replicationSpecs: sized("M11") }, "INVALID_ENUM_VALUE"],
    ["a flex size", { name: "c1", replicationSpecs: sized("FLEX") }, "INVALID_ENUM_VALUE"],
    [
      "an unknown series",
      { name: "c1", mongoDBMajorVersion: "3.6", replicationSpecs: sized("M10") },
      "INVALID_ENUM_VALUE",
    ],
    ["shards", { name: "c1", clusterType: "SHARDED", replicationSpecs: sized("M10") }, "FEATURE_UNSUPPORTED"],
    ["two entries", { name: "c1", replicationSpecs: [...sized("M10"), ...sized("M10")] }, "FEATURE_UNSUPPORTED"],
  ])("refuses %s", (_, body, errorCode) => {
    expect(() => read("2024-08-05", body)).toThrow(expect.objectContaining({ errorCode }));
  });
});
