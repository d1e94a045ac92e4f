import { z } from "zod";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { readObject, type ObjectStore } from "../storage";
import { assertKeys, type RepositoryKeys } from "./keys";

/**
 * The repository's own keys, in the repository: `keys/<key id>` holds the id key and the encryption key, both wrapped by an
 * installation key and bound to the repository's id. So storage and one key file are enough to read everything, and another
 * installation key needs another small object, not other data. There is one envelope for each installation key that opens
 * the repository; the bytes are in docs/repository-format.md.
 */
export const ENVELOPE_PREFIX = "keys/";
const FORMAT = "holdfast repository keys";
const FORMAT_VERSION = 1;
const ENVELOPE_BYTES_MAX = 64 * 1024;
const KEY_ID = /^[0-9a-f]{8}$/;

/** What wraps keys; the installation key is one (server/platform/crypto.ts). `purpose` is authenticated. */
export interface KeyWrapper {
  /** 4 bytes that tell keys apart and nothing about them. */
  readonly id: Buffer;
  seal(plain: Buffer, purpose: string): Buffer;
  unseal(sealed: Uint8Array, purpose: string): Buffer;
}

/** Base64; spaces between groups are for people who copy it from paper. */
const Wrapped = z
  .string()
  .transform((text) => text.replaceAll(" ", ""))
  .pipe(z.base64())
  // Bits that mean nothing are zero, so that no two texts stand for one envelope.
  .refine((text) => Buffer.from(text, "base64").toString("base64") === text);
const Envelope = z.strictObject({
  format: z.literal(FORMAT),
  formatVersion: z.literal(FORMAT_VERSION),
  repositoryId: z.string().regex(/^[0-9a-f]{24}$/),
  wrappedBy: z.string().regex(KEY_ID),
  idKey: Wrapped,
  encryptionKey: Wrapped,
});

/** Which installation key opens it, and its text as it is stored: for a recovery kit on paper. */
export interface StoredEnvelope {
  readonly keyId: string;
  readonly text: string;
}

export interface UnwrappedKeys {
  readonly repositoryId: string;
  readonly keys: RepositoryKeys;
}

const purposeOf = (repositoryId: string, what: "id key" | "encryption key") => `repository ${repositoryId} ${what}`;

/** Name of the envelope that a wrapper opens. */
export function envelopeName(wrapper: Pick<KeyWrapper, "id">): string {
  return ENVELOPE_PREFIX + wrapper.id.toString("hex");
}

/** The envelope's bytes: one line of JSON, ended by a line feed. */
export function encodeEnvelope(wrapper: KeyWrapper, { repositoryId, keys }: UnwrappedKeys): Buffer {
  assertKeys(keys);
  const stored: z.infer<typeof Envelope> = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    repositoryId,
    wrappedBy: wrapper.id.toString("hex"),
    idKey: wrapper.seal(keys.idKey, purposeOf(repositoryId, "id key")).toString("base64"),
    encryptionKey: wrapper.seal(keys.encryptionKey, purposeOf(repositoryId, "encryption key")).toString("base64"),
  };
  return Buffer.from(`${JSON.stringify(stored)}\n`);
}

/**
 * Unwraps what encodeEnvelope made with the same wrapper. Throws REPOSITORY_KEY_WRONG for an envelope of another key,
 * REPOSITORY_FORMAT_UNKNOWN for one of a later version, KEY_ENVELOPE_CORRUPT for anything that was changed.
 */
export function decodeEnvelope(wrapper: KeyWrapper, bytes: Buffer): UnwrappedKeys {
  const { repositoryId, wrappedBy, idKey, encryptionKey } = parseEnvelope(bytes);
  if (wrappedBy !== wrapper.id.toString("hex")) {
    throw new DomainError("REPOSITORY_KEY_WRONG", {
      message: `the keys are wrapped by the installation key ${wrappedBy}`,
    });
  }
  try {
    const unwrap = (wrapped: string, what: "id key" | "encryption key") =>
      wrapper.unseal(Buffer.from(wrapped, "base64"), purposeOf(repositoryId, what));
    const keys = { idKey: unwrap(idKey, "id key"), encryptionKey: unwrap(encryptionKey, "encryption key") };
    assertKeys(keys);
    return { repositoryId, keys };
  } catch (cause) {
    throw envelopeCorrupt("a wrapped key does not open: it was changed, or belongs to another repository", cause);
  }
}

/** The envelope without opening it. Throws REPOSITORY_FORMAT_UNKNOWN, KEY_ENVELOPE_CORRUPT. */
export function parseEnvelope(bytes: Buffer): z.infer<typeof Envelope> {
  if (bytes.length > ENVELOPE_BYTES_MAX) throw envelopeCorrupt("it is too long");
  let stored: unknown;
  try {
    stored = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw envelopeCorrupt("it is not JSON", cause);
  }
  const version = z.object({ format: z.literal(FORMAT), formatVersion: z.int() }).safeParse(stored);
  if (version.success && version.data.formatVersion > FORMAT_VERSION) {
    const message = `key envelope: format version ${version.data.formatVersion} is unknown`;
    throw new DomainError("REPOSITORY_FORMAT_UNKNOWN", { message });
  }
  const parsed = Envelope.safeParse(stored);
  if (!parsed.success) throw envelopeCorrupt("it is not of its format", parsed.error);
  return parsed.data;
}

function envelopeCorrupt(what: string, cause?: unknown): DomainError {
  return new DomainError("KEY_ENVELOPE_CORRUPT", { message: `the key envelope: ${what}`, cause });
}

/**
 * Reads and unwraps the envelope of a wrapper. Throws REPOSITORY_KEY_WRONG when the store holds none for it, what
 * decodeEnvelope throws, and STORAGE_UNAVAILABLE.
 */
export async function readEnvelope(store: ObjectStore, wrapper: KeyWrapper): Promise<UnwrappedKeys> {
  const name = envelopeName(wrapper);
  const bytes = await readObject(store, name).catch((cause: unknown) => {
    if (!isDomainError(cause, "STORAGE_OBJECT_NOT_FOUND")) throw cause;
    const message = `no key envelope here opens with this key (there is no ${name})`;
    throw new DomainError("REPOSITORY_KEY_WRONG", { message, cause });
  });
  return decodeEnvelope(wrapper, bytes);
}

/**
 * Sees to it that the wrapper opens the repository: writes its envelope where there is none, and replaces one that is
 * damaged or holds other keys. May run any number of times, also at once. True when it wrote.
 */
export async function ensureEnvelope(
  store: ObjectStore,
  wrapper: KeyWrapper,
  unwrapped: UnwrappedKeys,
): Promise<boolean> {
  try {
    const { repositoryId, keys } = await readEnvelope(store, wrapper);
    const same =
      repositoryId === unwrapped.repositoryId &&
      keys.idKey.equals(unwrapped.keys.idKey) &&
      keys.encryptionKey.equals(unwrapped.keys.encryptionKey);
    if (same) return false;
  } catch (error) {
    if (!isDomainError(error, "REPOSITORY_KEY_WRONG") && !isDomainError(error, "KEY_ENVELOPE_CORRUPT")) throw error;
  }
  await store.put(envelopeName(wrapper), encodeEnvelope(wrapper, unwrapped));
  return true;
}

/** Every envelope of a repository, in the order of key ids. Throws STORAGE_UNAVAILABLE. */
export async function listEnvelopes(store: ObjectStore): Promise<StoredEnvelope[]> {
  const found: StoredEnvelope[] = [];
  for await (const { name, bytes } of store.list(ENVELOPE_PREFIX)) {
    const keyId = name.slice(ENVELOPE_PREFIX.length);
    if (!KEY_ID.test(keyId) || bytes > ENVELOPE_BYTES_MAX) continue;
    found.push({ keyId, text: (await readObject(store, name)).toString("utf8") });
  }
  return found;
}

/** Removes the envelope of a key; none is not an error. Never the last one: see to another one first. */
export async function removeEnvelope(store: ObjectStore, keyId: Buffer): Promise<void> {
  await store.delete(envelopeName({ id: keyId }));
}
