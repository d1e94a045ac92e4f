import { generateKeyPairSync, randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "@/server/platform/clock";
import { parseStorageUrl, type GcsLocation } from "../location";
import { probeStorage } from "../probe";
import { openDriver } from "../registry";
import { readObject } from "../storage";
import { describeObjectStore, describeWrongAccess } from "../storage-suite";
import { FakeGcs } from "../testing/fake-gcs";
import { RetryingStore } from "../wrappers/retrying";
import { Connections } from "./connections";
import { GcsStore } from "./gcs";
import { tokensFor } from "./gcs-client";
import { gcsError, gcsTokenError } from "./gcs-errors";
import { PART_BYTES } from "./pieces";

const TOKEN = "ya29.a-token-that-nobody-may-read";
const fake = new FakeGcs("test-bucket", TOKEN);
let endpoint = "";
beforeAll(async () => {
  endpoint = await fake.start();
});
afterAll(() => fake.stop());

const at = (bucket = "test-bucket") =>
  parseStorageUrl(`gs://${bucket}/${randomUUID()}?endpoint=${endpoint}`) as GcsLocation;
const open = (location = at(), token = TOKEN) =>
  new GcsStore(location, { kind: "none" }, undefined, () => Promise.resolve(token));
const withCode = (code: string) => expect.objectContaining({ code });

describeObjectStore("Google Cloud Storage (fake)", async () => open(), { noLocks: "not built" });

describeWrongAccess("Google Cloud Storage (fake)", {
  noSuchBucket: () => open(at("no-such-bucket")),
  wrongSecret: () => open(at(), "wrong-token"),
  unknownUser: () => openDriver(at(), { kind: "none" }),
  secrets: [TOKEN, "wrong-token"],
});

describe("the Cloud Storage driver", () => {
  it("passes the test of a storage, and leaves nothing behind", async () => {
    const location = at();
    const result = await probeStorage(open(location), { clock: systemClock, signal: AbortSignal.timeout(10_000) });
    expect(result).toMatchObject({ ok: true });
    expect(result.steps).toHaveLength(7);
    for await (const facts of open(location).list("")) expect.unreachable(`${facts.name} was left behind`);
  });

  it("takes an upload back that its content broke off, and starts anew after a lost connection", async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(2 * PART_BYTES);
      throw new Error("the source is gone");
    }
    await expect(open().put("x", failing())).rejects.toThrowError("the source is gone");
    expect(fake.openUploads).toBe(0);

    let puts = 0;
    fake.breaks = ({ method }) => method === "PUT" && (puts += 1) === 2;
    const store = new RetryingStore(open(), { wait: async () => undefined });
    const large = Buffer.alloc(2 * PART_BYTES + 5, "holdfast");
    await store.put("x", large, { ifNoneMatch: true });
    fake.breaks = () => false;
    expect((await readObject(store, "x")).equals(large)).toBe(true);
  });

  it("takes no whole object for the part that it asked for", async () => {
    const store = open();
    await store.put("x", Buffer.from("0123456789"));
    fake.ignoresRanges = true;
    onTestFinished(() => void (fake.ignoresRanges = false));
    const read = async (offset: number, length: number) =>
      (await readObject(store, "x", { offset, length })).toString();
    await expect(read(2, 3)).rejects.toThrowError(withCode("STORAGE_UNSUITABLE"));
    await expect(read(2, 10)).rejects.toThrowError(withCode("STORAGE_UNSUITABLE"));
    await expect(read(0, 9)).rejects.toThrowError(withCode("STORAGE_UNSUITABLE"));
    expect(await read(0, 10)).toBe("0123456789");
    expect(await read(0, 0)).toBe("");
    fake.ignoresRanges = false;
    expect(await read(2, 3)).toBe("234");
  });

  it("asks about the service's host, and about that of the tokens, before it connects", async () => {
    const asked: string[] = [];
    const allowHost = async (host: string) => {
      asked.push(host);
      if (host === "www.googleapis.com") throw new Error("not this one");
    };
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const serviceAccountJson = JSON.stringify({
      type: "service_account",
      client_email: "somebody@example.com",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
      token_uri: "http://169.254.169.254/",
    });
    const store = openDriver(at(), { kind: "gcs", serviceAccountJson }, allowHost);
    await expect(store.head("x")).rejects.toThrowError("not this one");
    expect(asked).toEqual(["127.0.0.1", "www.googleapis.com"]);
  });

  it("asks for tokens over the store's own connections", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const serviceAccountJson = JSON.stringify({
      type: "service_account",
      client_email: "somebody@example.com",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    });
    const connections = new Connections();
    const hosts = new Set<string>();
    const refuse = (options: { host: string }, done: (error: Error) => void) => {
      hosts.add(options.host);
      done(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }));
    };
    Object.assign(connections.https, { createConnection: refuse });
    const asking = tokensFor({ kind: "gcs", serviceAccountJson }, connections)();
    await expect(asking).rejects.toThrowError(withCode("STORAGE_UNAVAILABLE"));
    expect([...hosts]).toEqual(["www.googleapis.com"]);
  });

  it("tells a key that is none, and what the sign-in and the service say, without repeating it", async () => {
    const serviceAccountJson = JSON.stringify({
      type: "service_account",
      client_email: "somebody@example.com",
      private_key: "no key, but secret",
    });
    const store = openDriver(at(), { kind: "gcs", serviceAccountJson });
    const refused: unknown = await store.head("x").catch((error: unknown) => error);
    expect(refused).toEqual(withCode("STORAGE_CREDENTIALS_WRONG"));
    expect(inspect(refused, { depth: 8 })).not.toContain("secret");

    const signIn = (status: number, error: string, date = new Date()) =>
      gcsTokenError({ response: { status, data: { error }, headers: { date: date.toUTCString() } } });
    expect(signIn(400, "invalid_grant")).toEqual(withCode("STORAGE_CREDENTIALS_WRONG"));
    expect(signIn(400, "invalid_grant", new Date(0))).toEqual(withCode("STORAGE_CLOCK_SKEW"));
    expect(signIn(503, "backend_error")).toEqual(withCode("STORAGE_UNAVAILABLE"));
    const said = (status: number, reason: string) => gcsError(status, { error: { errors: [{ reason }] } }, "x");
    expect(said(403, "forbidden")).toEqual(withCode("STORAGE_ACCESS_DENIED"));
    expect(said(403, "retentionPolicyNotMet")).toEqual(withCode("STORAGE_OBJECT_LOCKED"));
    expect(said(403, "rateLimitExceeded")).toEqual(withCode("STORAGE_UNAVAILABLE"));
    expect(said(429, "anything")).toEqual(withCode("STORAGE_UNAVAILABLE"));
    expect(said(400, "invalid")).toEqual(withCode("STORAGE_REFUSED"));
    expect(gcsError(502, null, "x")).toEqual(withCode("STORAGE_UNAVAILABLE"));
  });
});
