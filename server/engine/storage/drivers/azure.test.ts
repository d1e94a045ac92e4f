import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import {
  generateBlobSASQueryParameters,
  ContainerSASPermissions,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "@/server/platform/clock";
import type { StorageCredentials } from "../credentials";
import { parseStorageUrl } from "../location";
import { probeStorage } from "../probe";
import { openDriver, openObjectStore } from "../registry";
import { describeObjectStore, describeWrongAccess } from "../storage-suite";
import { azureError } from "./azure-errors";
import { AZURITE_ACCOUNT, AZURITE_KEY, startAzurite } from "../testing/azurite";

const CONTAINER = "holdfast-test";
const credentials: StorageCredentials = { kind: "azure", accountKey: AZURITE_KEY };
const wrongKey = Buffer.alloc(64, 7).toString("base64");

let azurite: Awaited<ReturnType<typeof startAzurite>>;
beforeAll(async () => {
  azurite = await startAzurite(CONTAINER);
});
afterAll(() => azurite.stop());

const url = (container = CONTAINER, account = AZURITE_ACCOUNT) =>
  `azblob://${account}/${container}/${randomUUID()}?endpoint=${encodeURIComponent(azurite.endpoint)}`;
const driver = (at: string, as = credentials) => openDriver(parseStorageUrl(at), as);

function sas(permissions: string, expiresInMs: number): StorageCredentials {
  const query = generateBlobSASQueryParameters(
    {
      containerName: CONTAINER,
      permissions: ContainerSASPermissions.parse(permissions),
      startsOn: new Date(new Date().getTime() - 3_600_000),
      expiresOn: new Date(new Date().getTime() + expiresInMs),
    },
    new StorageSharedKeyCredential(AZURITE_ACCOUNT, AZURITE_KEY),
  );
  return { kind: "azure-sas", sasToken: `?${query.toString()}` };
}

describeObjectStore("Azure Blob Storage (Azurite)", async () => driver(url()), { noLocks: "not built" });

describeWrongAccess("Azure Blob Storage (Azurite)", {
  noSuchBucket: () => driver(url("no-such-container")),
  wrongSecret: () => driver(url(), { kind: "azure", accountKey: wrongKey }),
  // Azurite says AuthorizationFailure, the service AuthenticationFailed: see below.
  wrongSecretCode: "STORAGE_ACCESS_DENIED",
  secrets: [AZURITE_KEY, wrongKey],
});

describe("the Azure driver", () => {
  const probe = (at: string, as: StorageCredentials) =>
    probeStorage(openObjectStore(at, { credentials: as }), { clock: systemClock, signal: AbortSignal.timeout(30_000) });

  it("passes the test of a storage with a key and with a shared access signature", async () => {
    for (const as of [credentials, sas("racwdl", 60_000)]) {
      const at = url();
      const result = await probe(at, as);
      expect(result.steps.filter(({ ok, message }) => !ok || message !== null)).toEqual([]);
      expect(result.steps).toHaveLength(7);
      for await (const facts of driver(at).list("")) expect.unreachable(`${facts.name} was left behind`);
    }
  });

  it("tells which permission is missing", async () => {
    const reader = await probe(url(), sas("rl", 60_000));
    expect(reader.steps.filter(({ ok }) => !ok)).toMatchObject([{ name: "write", code: "STORAGE_ACCESS_DENIED" }]);
    const keeper = await probe(url(), sas("racwl", 60_000));
    expect(keeper.steps.filter(({ ok }) => !ok)).toMatchObject([{ name: "delete", code: "STORAGE_ACCESS_DENIED" }]);
  });

  it("tells apart what the service says, and a clock that is wrong from a key that is", () => {
    const refused = (statusCode: number, code: string, serverTime: Date | null = null) =>
      azureError(Object.assign(new Error("sig=secret"), { name: "RestError", statusCode, code }), "x", serverTime);
    const expectCode = (error: unknown, code: string) => {
      expect(error).toEqual(expect.objectContaining({ code }));
      expect(inspect(error, { depth: 8 })).not.toContain("secret");
    };
    const anHourOff = new Date(new Date().getTime() - 3_600_000);
    expectCode(refused(403, "AuthenticationFailed", new Date()), "STORAGE_CREDENTIALS_WRONG");
    expectCode(refused(403, "AuthenticationFailed", anHourOff), "STORAGE_CLOCK_SKEW");
    expectCode(refused(403, "AuthorizationPermissionMismatch", anHourOff), "STORAGE_ACCESS_DENIED");
    expectCode(refused(409, "BlobImmutableDueToPolicy"), "STORAGE_OBJECT_LOCKED");
    expectCode(refused(409, "BlobAlreadyExists"), "STORAGE_OBJECT_EXISTS");
    expectCode(refused(503, "ServerBusy"), "STORAGE_UNAVAILABLE");
    expectCode(refused(400, "InvalidHeaderValue"), "STORAGE_REFUSED");
    const noAnswer = Object.assign(new Error("connect"), { name: "RestError", code: "ECONNREFUSED" });
    expectCode(azureError(noAnswer, "x", null), "STORAGE_UNAVAILABLE");
    const fromTheContent = new Error("the source is gone");
    expect(azureError(fromTheContent, "x", null)).toBe(fromTheContent);
  });

  it("cannot lock, and says so instead of storing without", async () => {
    const store = driver(url());
    const lock = { mode: "COMPLIANCE" as const, until: new Date(new Date().getTime() + 60_000) };
    const refused = expect.objectContaining({ code: "STORAGE_LOCK_UNSUPPORTED" });
    await expect(store.put("x", Buffer.from("x"), { lock })).rejects.toThrowError(refused);
    expect(await store.head("x")).toBeNull();
    await expect(store.extendLock("x", lock)).rejects.toThrowError(refused);
  });

  it("asks before it connects", async () => {
    const asked: string[] = [];
    const allowHost = async (host: string) => void asked.push(host);
    await openDriver(parseStorageUrl(url()), credentials, allowHost).head("x");
    expect(asked).toEqual(["127.0.0.1"]);
    const refuse = () => Promise.reject(new Error("not this one"));
    await expect(openDriver(parseStorageUrl(url()), credentials, refuse).head("x")).rejects.toThrowError(
      "not this one",
    );
  });
});
