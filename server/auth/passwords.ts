import { randomInt } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import { once } from "@/server/platform/once";

/** argon2id with the parameters that OWASP names first: 19 MiB, two passes, one lane. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Without letters and digits that are easily taken for another. */
const ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const ONE_TIME_LENGTH = 20;

/** The hash to store: argon2id with its salt and parameters inside. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, OPTIONS);
}

const dummyHash = once("password-dummy", () => hashPassword("nobody has this password"));

/**
 * Whether the password is right. Without a stored hash (unknown person) it takes as long as with one and answers no,
 * so that time does not tell who has an account.
 */
export async function verifyPassword(storedHash: string | null, password: string): Promise<boolean> {
  const right = await verify(storedHash ?? (await dummyHash()), password);
  return right && storedHash !== null;
}

/** A password for somebody else, shown once: about 115 bits. */
export function makeOneTimePassword(): string {
  return Array.from({ length: ONE_TIME_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}
