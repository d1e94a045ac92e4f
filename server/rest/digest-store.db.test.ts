import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeApiKeySecret } from "@/server/auth/api-key-secret";
import { seal } from "@/server/platform/crypto";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { DatabaseDigestStore } from "./digest-store";

describe("DatabaseDigestStore", () => {
  let database: TestDatabase;
  let store: DatabaseDigestStore;
  const inFiveMinutes = new Date(Date.now() + 300_000);

  beforeAll(async () => {
    database = await createTestDatabase();
    store = new DatabaseDigestStore(() => database.db);
  });
  afterAll(() => database.close());

  it("lets a counter of a nonce be used once, and only upwards", async () => {
    expect(await store.useNonce("n1", 1, inFiveMinutes)).toBe(true);
    expect(await store.useNonce("n1", 1, inFiveMinutes)).toBe(false);
    expect(await store.useNonce("n1", 5, inFiveMinutes)).toBe(true);
    expect(await store.useNonce("n1", 4, inFiveMinutes)).toBe(false);
    expect(await store.useNonce("n2", 1, inFiveMinutes)).toBe(true);
  });

  it("lets one of many equal requests in that come at once", async () => {
    const uses = await Promise.all(Array.from({ length: 10 }, () => store.useNonce("n3", 1, inFiveMinutes)));
    expect(uses.filter(Boolean)).toHaveLength(1);
  });

  it("refuses counters that no client reaches", async () => {
    expect(await store.useNonce("n4", 0, inFiveMinutes)).toBe(false);
    expect(await store.useNonce("n4", 2 ** 32 - 1, inFiveMinutes)).toBe(false);
  });

  it("forgets nonces long after they expired, never fresh ones", async () => {
    const yesterday = new Date(Date.now() - 86_400_000);
    await store.useNonce("old", 1, yesterday);
    for (let use = 0; use < 200; use++) await store.useNonce("busy", use + 1, inFiveMinutes);
    const left = await database.db.digestNonce.findMany({ where: { nonce: { in: ["old", "n1"] } } });
    expect(left.map((row) => row.nonce)).toEqual(["n1"]);
  });

  it("opens what is kept of a key", async () => {
    const secret = makeApiKeySecret();
    const orgId = newId();
    await database.db.organization.create({ data: { id: orgId, name: "Keys", idKeySealed: seal("x", "test") } });
    const key = { publicKey: secret.publicKey, ha1Sealed: secret.ha1Sealed, privateKeyTail: secret.privateKeyTail };
    const row = { ...key, id: newId(), organizationId: orgId, description: "", roles: [] };
    await database.db.apiKey.create({ data: row });
    const ha1 = createHash("md5").update(`${secret.publicKey}:MMS Public API:${secret.privateKey}`).digest("hex");
    expect(await store.findKey(secret.publicKey)).toEqual({ id: row.id, ha1 });
  });

  it("knows no key that is not there", async () => {
    expect(await store.findKey("zzzzzzzz")).toBeNull();
  });
});
