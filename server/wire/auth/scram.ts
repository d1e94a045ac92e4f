import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

/** SCRAM on the server's side (RFC 5802, with MongoDB's digest of the password for SHA-1). */

export type Mechanism = "SCRAM-SHA-1" | "SCRAM-SHA-256";

export interface Credential {
  iterationCount: number;
  salt: string;
  storedKey: string;
  serverKey: string;
}

const SETTINGS = {
  "SCRAM-SHA-1": { hash: "sha1", bytes: 20, saltBytes: 16, iterations: 10_000 },
  "SCRAM-SHA-256": { hash: "sha256", bytes: 32, saltBytes: 28, iterations: 15_000 },
} as const;

export function isMechanism(name: unknown): name is Mechanism {
  return name === "SCRAM-SHA-1" || name === "SCRAM-SHA-256";
}

/**
 * The part of SASLprep (RFC 4013) that passwords meet: unusual spaces become spaces, marks that are mapped to nothing
 * go, the rest is NFKC. Prohibited characters are kept, as drivers differ there.
 */
function saslPrep(password: string): string {
  return password
    .replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu, " ")
    .replace(/[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/gu, "")
    .normalize("NFKC");
}

function preparePassword(mechanism: Mechanism, user: string, password: string): string {
  if (mechanism === "SCRAM-SHA-256") return saslPrep(password);
  return createHash("md5").update(`${user}:mongo:${password}`).digest("hex");
}

/** Derives what is stored of a password. */
export function makeCredential(
  mechanism: Mechanism,
  user: string,
  password: string,
  fixed?: { salt: Buffer; iterations: number },
): Credential {
  const { hash, bytes, saltBytes, iterations } = SETTINGS[mechanism];
  const salt = fixed?.salt ?? randomBytes(saltBytes);
  const iterationCount = fixed?.iterations ?? iterations;
  const salted = pbkdf2Sync(preparePassword(mechanism, user, password), salt, iterationCount, bytes, hash);
  const clientKey = createHmac(hash, salted).update("Client Key").digest();
  return {
    iterationCount,
    salt: salt.toString("base64"),
    storedKey: createHash(hash).update(clientKey).digest("base64"),
    serverKey: createHmac(hash, salted).update("Server Key").digest("base64"),
  };
}

/** A credential that nobody can match, stable for a user name, so that unknown users look like known ones. */
export function fakeCredential(mechanism: Mechanism, user: string, secret: Buffer): Credential {
  const { hash, saltBytes, iterations } = SETTINGS[mechanism];
  const salt = createHmac("sha256", secret).update(user).digest().subarray(0, saltBytes);
  const noKey = createHmac(hash, secret).update(`${user}:key`).digest("base64");
  return { iterationCount: iterations, salt: salt.toString("base64"), storedKey: noKey, serverKey: noKey };
}

/** Reads `n,,n=user,r=nonce`; null when it is not that. */
export function parseClientFirst(payload: string): { user: string; nonce: string; bare: string } | null {
  const match = /^n,,(n=([^,]*),r=([^,]+)(?:,.*)?)$/.exec(payload);
  if (!match) return null;
  const user = match[2]!.replaceAll("=2C", ",").replaceAll("=3D", "=");
  return { user, nonce: match[3]!, bare: match[1]! };
}

/** One exchange: made from the client's first message, asked once for the second. */
export class ScramExchange {
  readonly serverFirst: string;
  readonly #nonce: string;

  constructor(
    readonly mechanism: Mechanism,
    private readonly credential: Credential,
    private readonly clientFirst: { nonce: string; bare: string },
    serverNonce = randomBytes(24).toString("base64"),
  ) {
    this.#nonce = clientFirst.nonce + serverNonce;
    this.serverFirst = `r=${this.#nonce},s=${credential.salt},i=${credential.iterationCount}`;
  }

  /** Checks the client's proof; the answer is the server's signature (`v=…`), or null when the proof is wrong. */
  finish(clientFinal: string): string | null {
    const match = /^(c=([^,]*),r=([^,]*)),p=([A-Za-z0-9+/=]+)$/.exec(clientFinal);
    if (!match || match[2] !== "biws" || match[3] !== this.#nonce) return null;
    const { hash } = SETTINGS[this.mechanism];
    const message = `${this.clientFirst.bare},${this.serverFirst},${match[1]!}`;
    const storedKey = Buffer.from(this.credential.storedKey, "base64");
    const signature = createHmac(hash, storedKey).update(message).digest();
    const proof = Buffer.from(match[4]!, "base64");
    if (proof.length !== signature.length) return null;
    const clientKey = Buffer.from(proof.map((byte, position) => byte ^ signature[position]!));
    if (!timingSafeEqual(createHash(hash).update(clientKey).digest(), storedKey)) return null;
    const serverKey = Buffer.from(this.credential.serverKey, "base64");
    return `v=${createHmac(hash, serverKey).update(message).digest("base64")}`;
  }
}
