import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { env } from "./env";
import { DomainError } from "./errors/domain-error";
import { forget, once } from "./once";

/**
 * Sealing: AES-256-GCM with a key that is derived from the installation key for one purpose. A sealed value is
 *   version (1) | key id (4) | nonce (12) | ciphertext | tag (16)
 * and the purpose is authenticated, so that a value sealed for one column cannot be moved to another. The key id
 * tells "sealed with another installation's key" from "damaged".
 */
const VERSION = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;
const SECRET_LENGTH_MIN = 16;
/** So long is what `openssl rand -base64 32` gives, and the key file's content; no words that people think of are. */
const SECRET_LENGTH_ADVISED = 32;
const KEY_FILE_BYTES = 32;

export class InstallationKey {
  readonly id: Buffer;
  readonly #secret: Buffer;

  /** `secret`: at least 16 characters of HOLDFAST_KEY, or the key file's content; any length, spread by HKDF. */
  constructor(secret: string) {
    this.#secret = Buffer.from(secret, "utf8");
    this.id = createHash("sha256").update("holdfast key id\0").update(this.#secret).digest().subarray(0, KEY_ID_BYTES);
  }

  /** Whether it is the same key, not only one of the same id. */
  isSame(other: InstallationKey): boolean {
    return equalSecrets(this.#secret.toString("utf8"), other.#secret.toString("utf8"));
  }

  /** Writes the key to a new file, for its owner alone. */
  save(file: string): void {
    writeFileSync(file, Buffer.concat([this.#secret, Buffer.from("\n")]), { mode: 0o600, flag: "wx", flush: true });
  }

  /** Whether a value was sealed with a key of this id. */
  hasSealed(sealed: Uint8Array): boolean {
    return sealed.length > HEADER_BYTES && this.id.equals(sealed.subarray(1, 1 + KEY_ID_BYTES));
  }

  /** Key material for one purpose; the same purpose gives the same bytes for as long as the key lives. */
  derive(purpose: string, lengthBytes = 32): Buffer {
    return Buffer.from(hkdfSync("sha256", this.#secret, "holdfast", purpose, lengthBytes));
  }

  seal(plain: Buffer | string, purpose: string): Buffer<ArrayBuffer> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.derive(`seal ${purpose}`), nonce);
    const header = Buffer.concat([Buffer.from([VERSION]), this.id, nonce]);
    cipher.setAAD(header);
    const content = typeof plain === "string" ? Buffer.from(plain, "utf8") : plain;
    return Buffer.concat([header, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  }

  /** Throws INSTALLATION_KEY_WRONG for another installation's key, INTERNAL for damage or another purpose. */
  unseal(sealed: Uint8Array, purpose: string): Buffer<ArrayBuffer> {
    const bytes = Buffer.from(sealed);
    if (bytes.length < HEADER_BYTES + TAG_BYTES || bytes[0] !== VERSION) {
      throw new DomainError("INTERNAL", { message: `a sealed value has an unknown form (${purpose})` });
    }
    if (!timingSafeEqual(bytes.subarray(1, 1 + KEY_ID_BYTES), this.id)) {
      throw new DomainError("INSTALLATION_KEY_WRONG", {
        message: `a value was sealed with another installation key (${purpose}); was HOLDFAST_KEY or the key file changed?`,
      });
    }
    const header = bytes.subarray(0, HEADER_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", this.derive(`seal ${purpose}`), header.subarray(1 + KEY_ID_BYTES));
    decipher.setAAD(header);
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    try {
      const content = decipher.update(bytes.subarray(HEADER_BYTES, bytes.length - TAG_BYTES));
      return Buffer.concat([content, decipher.final()]);
    } catch (cause) {
      throw new DomainError("INTERNAL", { message: `a sealed value is damaged (${purpose})`, cause });
    }
  }
}

/**
 * The key in `<home>/key`, made at the first use. Safe when two processes come first at once: the file appears
 * whole or not at all (written aside, then linked), and the loser reads the winner's.
 */
export function readOrMakeKeyFile(home: string): string {
  const file = join(home, "key");
  if (!existsSync(file)) {
    mkdirSync(home, { recursive: true });
    const draft = join(home, `.key-${process.pid}-${randomBytes(4).toString("hex")}`);
    writeFileSync(draft, `${randomBytes(KEY_FILE_BYTES).toString("base64")}\n`, { mode: 0o600, flush: true });
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
  if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  return readSecret(file, `${file} does not hold a key. Put the installation's key back.`);
}

function readSecret(file: string, wrong: string): string {
  const secret = readFileSync(file, "utf8").trim();
  if (secret.length < SECRET_LENGTH_MIN) throw new Error(wrong);
  return secret;
}

/** The key that a file holds, as `--key FILE` names one. Throws an Error for people when it cannot be read or holds none. */
export function readKeyFile(file: string): InstallationKey {
  const wrong = `${file} does not hold an installation key: one has ${SECRET_LENGTH_MIN} characters or more.`;
  try {
    return new InstallationKey(readSecret(file, wrong));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw code === undefined ? error : new Error(`The key file ${file} cannot be read (${code}).`, { cause: error });
  }
}

/** Makes a new key in a file that is not there yet, for its owner alone. Throws an Error for people when there is one. */
export function generateKeyFile(file: string): InstallationKey {
  try {
    writeFileSync(file, `${randomBytes(KEY_FILE_BYTES).toString("base64")}\n`, {
      mode: 0o600,
      flag: "wx",
      flush: true,
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const words = code === "EEXIST" ? "exists already, and no key is overwritten" : `cannot be written (${code})`;
    throw new Error(`The key file ${file} ${words}.`, { cause: error });
  }
  return readKeyFile(file);
}

/**
 * Puts another key in place of `<home>/key`, whole or not at all; the one before stays beside it under `oldName`. May run
 * again after it was cut.
 */
export function replaceKeyFile(home: string, next: InstallationKey, oldName: string): void {
  const file = join(home, "key");
  if (next.isSame(readKeyFile(file))) return;
  try {
    linkSync(file, join(home, oldName));
  } catch (error) {
    const isKept =
      (error as NodeJS.ErrnoException).code === "EEXIST" && readKeyFile(join(home, oldName)).isSame(readKeyFile(file));
    if (!isKept) throw error;
  }
  const draft = join(home, `.key-${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    next.save(draft);
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The installation's key: HOLDFAST_KEY, else the key file of HOLDFAST_HOME. */
export const installationKey: () => InstallationKey = once(
  "installation-key",
  () => new InstallationKey(env.key ?? readOrMakeKeyFile(env.home)),
);

/**
 * Warns of a HOLDFAST_KEY that is short. Storage holds what it sealed, so whoever copies a repository can try sentences
 * against it without asking anybody. For a process to call at its start; the log never holds the key.
 */
export function warnOfShortKey(log: { warn(facts: object, words: string): void }, key: string | null = env.key): void {
  if (key === null || key.length >= SECRET_LENGTH_ADVISED) return;
  log.warn(
    { characters: key.length, advised: SECRET_LENGTH_ADVISED },
    "HOLDFAST_KEY is short and may be guessed by whoever has a copy of the storage: put the output of `openssl rand -base64 32` in its place with `holdfast key rotate`",
  );
}

/** Makes this the installation's key for the rest of the process: while another one takes its place. */
export function chooseInstallationKey(key: InstallationKey): void {
  forget("installation-key");
  once("installation-key", () => key)();
}

/** Seals with the installation's key. `purpose` names the column ("cluster.connection"); unseal needs the same. */
export function seal(plain: Buffer | string, purpose: string): Buffer<ArrayBuffer> {
  return installationKey().seal(plain, purpose);
}

/** Opens what `seal` made. Throws INSTALLATION_KEY_WRONG or INTERNAL (damage). */
export function unseal(sealed: Uint8Array, purpose: string): Buffer<ArrayBuffer> {
  return installationKey().unseal(sealed, purpose);
}

/** Hex SHA-256, for one-time tokens: only the hash is kept. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Compares secrets of any length in constant time. */
export function equalSecrets(a: string, b: string): boolean {
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}
