import { createHash, randomInt, randomUUID } from "node:crypto";
import { seal } from "@/server/platform/crypto";

/** The realm of the Admin API's digests; part of every stored HA1, so it can never change. */
export const ADMIN_API_REALM = "MMS Public API";
/** The purpose under which ApiKey.ha1Sealed is sealed. */
export const HA1_PURPOSE = "apiKey.ha1";

const PUBLIC_KEY_LENGTH = 8;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

export interface NewApiKeySecret {
  publicKey: string;
  /** Shown once, kept nowhere. */
  privateKey: string;
  ha1Sealed: Buffer<ArrayBuffer>;
  privateKeyTail: string;
}

/** A new key pair for digest authentication: eight letters, and a UUID as the secret. */
export function makeApiKeySecret(): NewApiKeySecret {
  const publicKey = Array.from({ length: PUBLIC_KEY_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  const privateKey = randomUUID();
  const ha1 = createHash("md5").update(`${publicKey}:${ADMIN_API_REALM}:${privateKey}`).digest("hex");
  return { publicKey, privateKey, ha1Sealed: seal(ha1, HA1_PURPOSE), privateKeyTail: privateKey.slice(-12) };
}

/** "********-****-****-0123456789ab" */
export function redactPrivateKey(tail: string): string {
  return `********-****-****-${tail}`;
}
