import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { StorageCredentials } from "../credentials";
import { parseStorageUrl, type S3Location } from "../location";
import { openDriver, openObjectStore } from "../registry";
import { readObject } from "../storage";
import { describeObjectStore, describeWrongAccess } from "../storage-suite";
import { FAKE_S3_USER, FakeS3 } from "../testing/fake-s3";
import { Refused } from "../testing/fake-s3-bucket";
import { Connections } from "./connections";
import { PART_BYTES } from "./pieces";
import { openS3Client } from "./s3-client";

const credentials = {
  kind: "s3" as const,
  accessKeyId: FAKE_S3_USER.id,
  secretAccessKey: FAKE_S3_USER.secret,
};
const withCode = (code: string) => expect.objectContaining({ code });
const inMs = (ms: number) => ({ mode: "COMPLIANCE" as const, until: new Date(new Date().getTime() + ms) });

const fake = new FakeS3();
let endpoint = "";
beforeAll(async () => {
  endpoint = await fake.start({ "plain-bucket": { hasLocks: false }, "locked-bucket": { hasLocks: true } });
});
afterEach(() => {
  fake.fault = () => null;
});
afterAll(() => fake.stop());

const url = (bucket = "plain-bucket") => `s3://${bucket}/${randomUUID()}?pathStyle=1&endpoint=${endpoint}`;
const lockedUrl = () => `${url("locked-bucket")}&objectLock=1`;
const driver = (at = url(), as: StorageCredentials = credentials) => openDriver(parseStorageUrl(at), as);

describeObjectStore("S3 (fake)", async () => driver(), { noLocks: "this bucket was made without" });
describeObjectStore("S3 with Object Lock (fake)", async () => driver(lockedUrl()), { onlySmall: "shown above" });

describeWrongAccess("S3 (fake)", {
  noSuchBucket: () => driver(url("no-such-bucket")),
  wrongSecret: () => driver(url(), { ...credentials, secretAccessKey: "wrong-secret" }),
  unknownUser: () => driver(url(), { kind: "s3", accessKeyId: "NOBODY", secretAccessKey: "wrong-secret" }),
  secrets: [FAKE_S3_USER.secret, "wrong-secret"],
});

describe("the S3 driver", () => {
  it("names every refusal, and repeats no secret of the request", async () => {
    const store = driver();
    const cases: [number, string, string][] = [
      [503, "SlowDown", "STORAGE_UNAVAILABLE"],
      [500, "InternalError", "STORAGE_UNAVAILABLE"],
      [400, "RequestTimeout", "STORAGE_UNAVAILABLE"],
      [409, "ConditionalRequestConflict", "STORAGE_UNAVAILABLE"],
      [403, "AccessDenied", "STORAGE_ACCESS_DENIED"],
      [403, "ExpiredToken", "STORAGE_CREDENTIALS_WRONG"],
      [403, "RequestTimeTooSkewed", "STORAGE_CLOCK_SKEW"],
      [507, "XMinioStorageFull", "STORAGE_FULL"],
      [400, "SomethingNew", "STORAGE_REFUSED"],
    ];
    for (const [status, reason, code] of cases) {
      fake.fault = () => new Refused(status, reason);
      const refused: unknown = await store.put("x", Buffer.from("x")).catch((error: unknown) => error);
      expect(refused, reason).toEqual(expect.objectContaining({ code, params: { name: "x", reason, status } }));
      expect(inspect(refused, { depth: 8, showHidden: true })).not.toMatch(/Signature=|fake-secret/);
    }
    fake.fault = () => "break";
    await expect(store.head("x")).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
    const nobody = driver(`s3://plain-bucket?endpoint=http://127.0.0.1:1&pathStyle=1`);
    await expect(nobody.head("x")).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
  });

  it("takes a broken upload back, and tries a part again by itself", async () => {
    async function* content(): AsyncGenerator<Buffer> {
      for (let i = 0; i < 3; i += 1) yield Buffer.alloc(PART_BYTES, i);
    }
    let failures = 1;
    fake.fault = ({ url: path }) => (path?.includes("partNumber=2") && failures-- > 0 ? "break" : null);
    await driver().put("x", content());
    failures = 100;
    await expect(driver().put("x", content())).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
    expect(fake.openUploads).toBe(0);
  });

  it("honours a condition when a large object is completed, not only when it is begun", async () => {
    const store = driver();
    let overtaken = false;
    fake.fault = ({ url: path, method }) => {
      if (method === "POST" && path?.includes("uploadId=")) overtaken = true;
      return null;
    };
    async function* content(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(PART_BYTES + 1);
      await store.put("x", Buffer.from("somebody else was faster"));
      yield Buffer.alloc(1);
    }
    await expect(store.put("x", content(), { ifNoneMatch: true })).rejects.toThrowError(
      withCode("STORAGE_OBJECT_EXISTS"),
    );
    expect(overtaken).toBe(true);
    expect((await readObject(store, "x")).toString()).toBe("somebody else was faster");
  });

  it("tries a refused request again only by our own wrapper, so often and no more", async () => {
    let requests = 0;
    fake.fault = () => {
      requests += 1;
      return new Refused(503, "SlowDown");
    };
    await expect(openObjectStore(url(), { credentials }).delete("x")).rejects.toThrowError(
      withCode("STORAGE_UNAVAILABLE"),
    );
    expect(requests).toBe(5);
  });

  it("locks every object where its location says so, parts too, unless told not to", async () => {
    const store = driver(`${url("locked-bucket")}&lockDays=1&lockMode=compliance`);
    for (const content of [Buffer.from("x"), Buffer.alloc(PART_BYTES + 1)]) {
      await store.put("kept", content);
      await expect(store.delete("kept")).rejects.toThrowError(withCode("STORAGE_OBJECT_LOCKED"));
      await expect(store.extendLock("kept", inMs(1_000))).rejects.toThrowError(withCode("STORAGE_OBJECT_LOCKED"));
      expect(await readObject(store, "kept")).toHaveLength(content.length);
    }
    await store.put("free", Buffer.from("x"), { lock: null });
    await store.delete("free");
  });

  it("removes every version, and leaves hidden what is locked below a marker", async () => {
    const at = lockedUrl();
    const store = driver(at);
    for (const content of ["one", "two"]) await store.put("v", Buffer.from(content));
    await store.delete("v");
    expect(await store.head("v")).toBeNull();

    await store.put("v", Buffer.from("kept"), { lock: inMs(60_000) });
    // Without objectLock=1 a delete only puts a marker on top.
    await driver(at.replace("&objectLock=1", "")).delete("v");
    expect(await store.head("v")).toBeNull();
    await store.delete("v");
    expect(await store.head("v")).toBeNull();
  });

  it("asks for encryption and shows a session's token, and without credentials shows nothing at all", async () => {
    const seen: Record<string, unknown>[] = [];
    fake.fault = ({ method, headers }) => {
      if (method !== "GET") seen.push(headers);
      return null;
    };
    const kms = "&sse=aws:kms&kmsKeyId=key-1";
    await driver(url() + kms, { ...credentials, sessionToken: "the-session" }).put("x", Buffer.from("x"));
    expect(seen[0]).toMatchObject({
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": "key-1",
      "x-amz-security-token": "the-session",
      "x-amz-content-sha256": expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    seen.length = 0;
    await driver(`${url()}&sse=AES256`).put("x", Buffer.alloc(PART_BYTES + 1));
    // The upload is begun, has two parts, and is completed: only its beginning asks.
    expect(seen.map((headers) => headers["x-amz-server-side-encryption"])).toEqual([
      "AES256",
      undefined,
      undefined,
      undefined,
    ]);
    seen.length = 0;
    await expect(driver(url(), { kind: "none" }).put("x", Buffer.from("x"))).rejects.toThrowError(
      withCode("STORAGE_ACCESS_DENIED"),
    );
    expect(seen[0]).not.toHaveProperty("authorization");
  });

  it("says so when a bucket cannot lock", async () => {
    const lock = inMs(60_000);
    const refused = withCode("STORAGE_LOCK_UNSUPPORTED");
    await expect(driver().put("x", Buffer.from("x"), { lock })).rejects.toThrowError(refused);
    await expect(driver().put("x", Buffer.alloc(PART_BYTES + 1), { lock })).rejects.toThrowError(refused);
    expect(await driver().head("x")).toBeNull();
  });

  it("goes to the provider when no endpoint is given, whatever the machine's own settings say", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL_S3", endpoint);
    vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
    try {
      const location = parseStorageUrl("s3://plain-bucket?region=eu-west-1") as S3Location;
      const { client, sdk } = await openS3Client(location, credentials, new Connections());
      const goesTo: unknown[] = [];
      client.middlewareStack.add(
        () =>
          async ({ request }) => {
            goesTo.push((request as { hostname?: unknown }).hostname);
            throw new Error("not from a test");
          },
        { step: "finalizeRequest", priority: "low" },
      );
      const sent = client.send(new sdk.HeadObjectCommand({ Bucket: "plain-bucket", Key: "x" }));
      await expect(sent).rejects.toThrowError("not from a test");
      expect(goesTo).toEqual([location.host]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("asks before it connects to a host, and goes nowhere when that is refused", async () => {
    const asked: string[] = [];
    const store = openDriver(parseStorageUrl(url()), credentials, async (host) => void asked.push(host));
    await Promise.all([store.head("x"), store.head("y")]);
    expect(asked).toEqual(["127.0.0.1"]);
    let requests = 0;
    fake.fault = () => {
      requests += 1;
      return null;
    };
    const refused = openDriver(parseStorageUrl(url()), credentials, () => Promise.reject(new Error("not this one")));
    await expect(refused.put("x", Buffer.from("x"))).rejects.toThrowError("not this one");
    expect(requests).toBe(0);
  });
});
