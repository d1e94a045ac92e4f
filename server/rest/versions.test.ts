import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AtlasError } from "./atlas-error";
import { bodyVersion, resolveVersion, versionedType, type ApiVersion } from "./versions";

const clusterVersions: ApiVersion[] = ["2023-01-01", "2023-02-01", "2024-08-05"];

describe("resolveVersion", () => {
  it.each([
    ["application/vnd.atlas.2023-01-01+json", "2023-01-01"],
    ["application/vnd.atlas.2023-01-31+json", "2023-01-01"],
    ["application/vnd.atlas.2023-02-01+json", "2023-02-01"],
    ["application/vnd.atlas.2024-08-04+json", "2023-02-01"],
    ["application/vnd.atlas.2024-08-05+json", "2024-08-05"],
    ["application/vnd.atlas.2025-03-12+json", "2024-08-05"],
    ["application/vnd.atlas.2999-12-31+json", "2024-08-05"],
    ["Application/Vnd.Atlas.2023-02-01+JSON; charset=utf-8", "2023-02-01"],
    ["application/json, application/vnd.atlas.2023-02-01+json", "2023-02-01"],
    ["application/vnd.atlas.2023-01-01+json;q=0.5, application/vnd.atlas.2024-08-05+json", "2024-08-05"],
    ["application/vnd.atlas.2020-01-01+json, application/vnd.atlas.2023-01-01+json", "2023-01-01"],
  ])("answers %s with %s", (accept, version) => {
    expect(resolveVersion(accept, clusterVersions)).toBe(version);
  });

  it.each([
    null,
    "",
    "*/*",
    "application/json",
    "application/vnd.atlas.2022-12-31+json",
    "application/vnd.atlas.2023-13-01+json",
    "application/vnd.atlas.2023-02-30+json",
    "application/vnd.atlas.23-02-01+json",
    "application/vnd.atlas.preview+json",
    "application/vnd.atlas.2023-01-01.upcoming+json",
    "application/vnd.atlas.2023-01-01+gzip",
    "application/vnd.atlas.2023-01-01",
    "application/vnd.atlas.2023-01-01+json;q=0",
    "application/vnd.atlas.2023-01-01+json;q=x",
  ])("refuses %s with 406 INVALID_VERSION_DATE", (accept) => {
    expect(() => resolveVersion(accept, clusterVersions)).toThrow(
      expect.objectContaining({ status: 406, errorCode: "INVALID_VERSION_DATE" }),
    );
  });

  it("gives the newest served version that is not later than any date asked for", () => {
    const date = fc
      .date({ min: new Date("2020-01-01"), max: new Date("2030-12-31"), noInvalidDate: true })
      .map((at) => at.toISOString().slice(0, 10) as ApiVersion);
    fc.assert(
      fc.property(fc.uniqueArray(date, { minLength: 1, maxLength: 6 }), date, (served, asked) => {
        const expected = served
          .filter((version) => version <= asked)
          .reduce((a, b) => (a > b ? a : b), "" as ApiVersion);
        const resolve = () => resolveVersion(`application/vnd.atlas.${asked}+json`, served);
        if (expected) expect(resolve()).toBe(expected);
        else expect(resolve).toThrow(AtlasError);
      }),
    );
  });
});

describe("bodyVersion", () => {
  it("is the Content-Type's own version, resolved like a reply's", () => {
    expect(bodyVersion("application/vnd.atlas.2023-06-01+json", "2024-08-05", clusterVersions)).toBe("2023-02-01");
  });

  it.each([null, "application/json", "application/json; charset=utf-8"])("is the reply's version for %s", (type) => {
    expect(bodyVersion(type, "2024-08-05", clusterVersions)).toBe("2024-08-05");
  });

  it("refuses a body in a version from before the operation's first", () => {
    expect(() => bodyVersion("application/vnd.atlas.2022-01-01+json", "2024-08-05", clusterVersions)).toThrow(
      AtlasError,
    );
  });
});

it("names the resolved version in the reply's type", () => {
  expect(versionedType("2023-01-01")).toBe("application/vnd.atlas.2023-01-01+json;charset=utf-8");
});
