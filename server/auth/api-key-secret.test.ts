import { createHash } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { unseal } from "@/server/platform/crypto";
import { HA1_PURPOSE, makeApiKeySecret, redactPrivateKey } from "./api-key-secret";

vi.hoisted(() => {
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
});

describe("a new API key", () => {
  it("keeps of its private half only what checks a digest, sealed", () => {
    const { publicKey, privateKey, ha1Sealed, privateKeyTail } = makeApiKeySecret();
    const ha1 = createHash("md5").update(`${publicKey}:MMS Public API:${privateKey}`).digest("hex");
    expect(unseal(ha1Sealed, HA1_PURPOSE).toString("utf8")).toBe(ha1);
    expect(ha1Sealed.toString("latin1")).not.toContain(ha1);
    expect(publicKey).toMatch(/^[a-z]{8}$/);
    expect(redactPrivateKey(privateKeyTail)).toBe(`********-****-****-${privateKey.split("-").at(-1)}`);
  });
});
