import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { credentialsFromEnv, parseServiceAccount, StorageCredentials } from "./credentials";
import { parseStorageUrl } from "./location";
import { openObjectStore } from "./registry";

const invalid = expect.objectContaining({ code: "VALIDATION_ERROR" });
const account = {
  type: "service_account",
  client_email: "a@example.com",
  private_key: "KEY",
  token_uri: "http://10.0.0.1",
};

describe("a storage URL", () => {
  it("names a folder, a bucket, a container, with the host that will be connected to", () => {
    expect(parseStorageUrl("file:///var/a%20b")).toEqual({
      scheme: "file",
      path: "/var/a b",
      prefix: "",
      endpoint: null,
      host: null,
      bytesPerSecondMax: null,
    });
    expect(parseStorageUrl("s3://bucket/a/b/?region=eu-central-1&sse=aws:kms&kmsKeyId=k")).toEqual({
      scheme: "s3",
      bucket: "bucket",
      prefix: "a/b/",
      region: "eu-central-1",
      endpoint: null,
      pathStyle: false,
      sse: "aws:kms",
      kmsKeyId: "k",
      objectLock: false,
      lock: null,
      host: "bucket.s3.eu-central-1.amazonaws.com",
      bytesPerSecondMax: null,
    });
    expect(parseStorageUrl("azblob://account/container")).toMatchObject({
      container: "container",
      prefix: "",
      host: "account.blob.core.windows.net",
    });
    expect(parseStorageUrl("gs://bucket/x?bytesPerSecondMax=5000000")).toMatchObject({
      prefix: "x/",
      host: "storage.googleapis.com",
      bytesPerSecondMax: 5_000_000,
    });
  });

  it("goes to an endpoint by its name, with the bucket before it or in the path", () => {
    const at = (query: string) => parseStorageUrl(`s3://bucket?${query}`);
    expect(at("endpoint=https://s3.example.com/")).toMatchObject({
      endpoint: "https://s3.example.com",
      pathStyle: false,
      host: "bucket.s3.example.com",
    });
    expect(at("endpoint=https://s3.example.com&pathStyle=1")).toMatchObject({ host: "s3.example.com" });
    // An address cannot have a name before it.
    expect(at("endpoint=http://127.0.0.1:9000")).toMatchObject({ pathStyle: true, host: "127.0.0.1" });
    expect(at("endpoint=http://[::1]:9000")).toMatchObject({ pathStyle: true, host: "::1" });
    expect(parseStorageUrl("s3://with.dots")).toMatchObject({ pathStyle: true, host: "s3.us-east-1.amazonaws.com" });
    expect(parseStorageUrl("azblob://acct/cont?endpoint=http://127.0.0.1:10000/acct")).toMatchObject({
      endpoint: "http://127.0.0.1:10000/acct",
    });
  });

  it("says that objects are locked", () => {
    expect(parseStorageUrl("s3://bucket?objectLock=1")).toMatchObject({ objectLock: true, lock: null });
    expect(parseStorageUrl("s3://bucket?lockDays=30")).toMatchObject({
      objectLock: true,
      lock: { mode: "GOVERNANCE", days: 30 },
    });
    expect(parseStorageUrl("s3://bucket?lockDays=7&lockMode=compliance")).toMatchObject({
      lock: { mode: "COMPLIANCE", days: 7 },
    });
  });

  it.each([
    "",
    "bucket",
    "ftp://bucket",
    "file://elsewhere/path",
    "file:///a?region=x",
    "file:///a?bytesPerSecondMax=1e9",
    "s3://",
    "s3://a",
    "s3://bucket:9000",
    "s3://key:secret-word@bucket",
    "s3://bucket#secret-word",
    "s3://bucket?secret-word=1",
    "s3://bucket?region=a&region=b",
    "s3://bucket?region=a/b",
    "s3://bucket?pathStyle=yes",
    "s3://bucket?sse=DES",
    "s3://bucket?kmsKeyId=k",
    "s3://bucket?lockDays=0",
    "s3://bucket?lockDays=1.5",
    "s3://bucket?lockMode=compliance",
    "s3://bucket?lockDays=1&lockMode=none",
    "s3://bucket?endpoint=file:///etc",
    "s3://bucket?endpoint=http://u:secret-word@host",
    "s3://bucket?endpoint=http://host/?secret-word",
    "s3://bucket/a//b",
    "s3://bucket/a%2f..%2fb",
    "azblob://account",
    "azblob://Account-1/container",
    "azblob://account/UPPER",
    "gs://bucket?pathStyle=1",
    "gs://bucket?bytesPerSecondMax=10",
    "gs://bucket?bytesPerSecondMax=99999",
  ])("is refused, without being repeated: %s", (url) => {
    let refused: unknown;
    try {
      parseStorageUrl(url);
    } catch (error) {
      refused = error;
    }
    expect(refused).toEqual(invalid);
    expect(inspect(refused)).not.toContain("secret-word");
  });

  it("never answers with anything but a location or VALIDATION_ERROR", () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom("bucket", "a/b", "?", "&", "endpoint=", "http://h", "%", "@", ":", "//"),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("s3", "gs", "azblob", "file", ""),
        fc.array(part, { maxLength: 6 }),
        (scheme, parts) => {
          try {
            const { prefix } = parseStorageUrl(`${scheme}://${parts.join("")}`);
            expect(prefix).not.toContain("..");
          } catch (error) {
            expect(error).toEqual(invalid);
          }
        },
      ),
    );
  });
});

describe("credentials", () => {
  const s3 = parseStorageUrl("s3://bucket");
  const azure = parseStorageUrl("azblob://account/container");
  const gcs = parseStorageUrl("gs://bucket");

  it("come from the variables that belong to the location, and from no others", () => {
    const all = { AWS_ACCESS_KEY_ID: "i", AWS_SECRET_ACCESS_KEY: "s", AZURE_STORAGE_SAS_TOKEN: "t" };
    expect(credentialsFromEnv(s3, all)).toEqual({ kind: "s3", accessKeyId: "i", secretAccessKey: "s" });
    expect(credentialsFromEnv(s3, { ...all, AWS_SESSION_TOKEN: "x" })).toMatchObject({ sessionToken: "x" });
    expect(credentialsFromEnv(azure, all)).toEqual({ kind: "azure-sas", sasToken: "t" });
    expect(credentialsFromEnv(azure, { ...all, AZURE_STORAGE_KEY: "k" })).toEqual({ kind: "azure", accountKey: "k" });
    expect(credentialsFromEnv(gcs, all)).toEqual({ kind: "none" });
    expect(credentialsFromEnv(parseStorageUrl("file:///x"), all)).toEqual({ kind: "none" });
    expect(() => credentialsFromEnv(s3, { AWS_ACCESS_KEY_ID: "i" })).toThrowError(invalid);
  });

  it("of Google are read from a file, which must be that of a service account", () => {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-credentials-"));
    try {
      const file = join(folder, "key.json");
      const read = () => credentialsFromEnv(gcs, { GOOGLE_APPLICATION_CREDENTIALS: file });
      expect(read).toThrowError(invalid);
      writeFileSync(file, JSON.stringify({ type: "external_account", credential_source: { executable: {} } }));
      expect(read).toThrowError(invalid);
      writeFileSync(file, JSON.stringify(account));
      expect(read()).toEqual({ kind: "gcs", serviceAccountJson: JSON.stringify(account) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("of a service account keep their name and key, and no address to ask for tokens", () => {
    expect(parseServiceAccount(JSON.stringify(account))).toEqual({ client_email: "a@example.com", private_key: "KEY" });
    expect(() => parseServiceAccount("{")).toThrowError(invalid);
    expect(StorageCredentials.safeParse({ kind: "gcs", serviceAccountJson: "{}" }).success).toBe(false);
    expect(StorageCredentials.safeParse({ kind: "s3", accessKeyId: "a", secretAccessKey: "" }).success).toBe(false);
  });

  it("of another kind of storage are refused", () => {
    const credentials = { kind: "azure" as const, accountKey: "a2V5" };
    expect(() => openObjectStore("s3://bucket", { credentials })).toThrowError(invalid);
    expect(openObjectStore("azblob://account/container", { credentials }).kind).toBe("azure");
  });
});
