import { serialize } from "bson";
import { describe, expect, it } from "vitest";
import { toExtendedJson, type OrderedDocument } from "../source/extended-json";
import { cleanCollectionOptions, cleanIndex } from "./clean-options";

const text = (document: OrderedDocument | null): unknown =>
  document === null ? null : JSON.parse(toExtendedJson(Buffer.from(serialize(document))));
const int = (value: number) => ({ $numberInt: String(value) });
const modern = { collated: false, canAddExpiryLater: true };
const index = (spec: object, context = modern) => cleanIndex(JSON.stringify(spec), context);

describe("collection options", () => {
  it("leave out what the server works out, and say when the collation's version goes", () => {
    const { options, differences } = cleanCollectionOptions(
      JSON.stringify({
        autoIndexId: true,
        flags: int(1),
        collation: { locale: "de", version: "57.1" },
        storageEngine: { mmapv1: {} },
      }),
    );
    expect(text(options)).toEqual({ collation: { locale: "de" } });
    expect(differences).toEqual(["sorted by the target's own collation version"]);
  });

  it("park the expiry of a clustered collection", () => {
    const clusteredIndex = { key: { _id: int(1) }, unique: true };
    const { options, parkedExpiry } = cleanCollectionOptions(
      JSON.stringify({ clusteredIndex, expireAfterSeconds: { $numberLong: "60" } }),
    );
    expect(parkedExpiry).toBe(60);
    expect(options.has("expireAfterSeconds")).toBe(false);
  });

  it("keep validators as they are", () => {
    const given = {
      validator: { $jsonSchema: { required: ["a"] } },
      validationLevel: "moderate",
      validationAction: "warn",
    };
    expect(text(cleanCollectionOptions(JSON.stringify(given)).options)).toEqual(given);
  });
});

describe("index specifications", () => {
  it("lose version, namespace and background, and nothing else", () => {
    const kept = {
      key: { a: int(1), b: int(-1) },
      name: "a_b",
      unique: true,
      sparse: true,
      partialFilterExpression: { a: { $gt: int(1) } },
      hidden: true,
    };
    const { spec, differences } = index({ v: int(2), ns: "d.c", background: true, ...kept });
    expect(text(spec)).toEqual(kept);
    expect(differences).toEqual([]);
  });

  it("name an option that no server knows", () => {
    expect(index({ key: { a: int(1) }, name: "a", safe: true }).differences).toEqual([
      "index a: left out the unknown option safe",
    ]);
  });

  it("park expiry: off where it can be added later, 68 years where not", () => {
    const spec = { key: { at: int(1) }, name: "ttl", expireAfterSeconds: int(60) };
    expect(index(spec)).toMatchObject({ parkedExpiry: 60 });
    expect(index(spec).spec!.has("expireAfterSeconds")).toBe(false);
    const old = index(spec, { collated: false, canAddExpiryLater: false });
    expect(text(old.spec)).toMatchObject({ expireAfterSeconds: int(2147483647) });
    expect(old.parkedExpiry).toBe(60);
  });

  it("make an expiry of NaN the longest one and say so", () => {
    const cleaned = index({ key: { at: int(1) }, name: "ttl", expireAfterSeconds: { $numberDouble: "NaN" } });
    expect(cleaned.parkedExpiry).toBe(2147483647);
    expect(cleaned.differences).toHaveLength(1);
  });

  it("do not inherit a collection's collation", () => {
    const { spec } = index({ key: { a: int(1) }, name: "a" }, { collated: true, canAddExpiryLater: true });
    expect(text(spec)).toMatchObject({ collation: { locale: "simple" } });
  });

  it("convert directions of old releases and keep kinds", () => {
    const { spec, differences } = index({ key: { a: true, b: int(0), c: "", d: int(-1), e: "hashed" }, name: "old" });
    expect(text(spec)).toMatchObject({ key: { a: int(1), b: int(1), c: int(1), d: int(-1), e: "hashed" } });
    expect(differences).toHaveLength(3);
  });

  it("drop geoHaystack with a notice; write the version that 2dsphere meant", () => {
    expect(index({ key: { a: "geoHaystack" }, name: "g", bucketSize: int(1) })).toMatchObject({ spec: null });
    expect(text(index({ key: { a: "2dsphere" }, name: "g" }).spec)).toMatchObject({ "2dsphereIndexVersion": int(1) });
  });
});
