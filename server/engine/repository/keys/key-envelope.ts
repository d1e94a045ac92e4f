import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { readObject, type ObjectStore } from "../../storage";
import type { TreeShape } from "../../tree";
import { decodeHeader, HEADER_NAME, HEADER_RANGE } from "./header";
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
/** What is read of one: a byte more than it may have, so that one that is too long is seen to be. */
const ENVELOPE_RANGE = { offset: 0, length: ENVELOPE_BYTES_MAX + 1 };
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
  leafTargetBytes: z.int().positive().optional(),
  innerTargetBytes: z.int().positive().optional(),
});

/** Which installation key opens it, and its text as it is stored: for a recovery kit on paper. */
export interface StoredEnvelope {
  readonly keyId: string;
  readonly text: string;
}

export interface UnwrappedKeys {
  readonly repositoryId: string;
  readonly keys: RepositoryKeys;
  /** What else the header says, so that a lost one can be written again. Absent in envelopes from before it was kept. */
  readonly shape?: TreeShape;
}

/** What a wrapped key is bound to, node sizes included, so that none of it can be changed. */
function purposeOf({ repositoryId, shape }: Omit<UnwrappedKeys, "keys">, what: "id key" | "encryption key"): string {
  const sizes = shape ? ` ${shape.leafTargetBytes} ${shape.innerTargetBytes}` : "";
  return `repository ${repositoryId} ${what}${sizes}`;
}

/** Name of the envelope that a wrapper opens. */
export function envelopeName(wrapper: Pick<KeyWrapper, "id">): string {
  return ENVELOPE_PREFIX + wrapper.id.toString("hex");
}

/** The envelope's bytes: one line of JSON, ended by a line feed. */
export function encodeEnvelope(wrapper: KeyWrapper, { repositoryId, keys, shape }: UnwrappedKeys): Buffer {
  assertKeys(keys);
  const place = { repositoryId, ...(shape && { shape }) };
  const stored: z.infer<typeof Envelope> = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    repositoryId,
    wrappedBy: wrapper.id.toString("hex"),
    idKey: wrapper.seal(keys.idKey, purposeOf(place, "id key")).toString("base64"),
    encryptionKey: wrapper.seal(keys.encryptionKey, purposeOf(place, "encryption key")).toString("base64"),
    ...shape,
  };
  return Buffer.from(`${JSON.stringify(stored)}\n`);
}

/**
 * Unwraps what encodeEnvelope made with the same wrapper. Throws REPOSITORY_KEY_WRONG for an envelope of another key,
 * REPOSITORY_FORMAT_UNKNOWN for one of a later version, KEY_ENVELOPE_CORRUPT for anything that was changed.
 */
export function decodeEnvelope(wrapper: KeyWrapper, bytes: Buffer): UnwrappedKeys {
  const { wrappedBy, idKey, encryptionKey, ...stated } = parseEnvelope(bytes);
  if (wrappedBy !== wrapper.id.toString("hex")) {
    throw new DomainError("REPOSITORY_KEY_WRONG", {
      message: `the keys are wrapped by the installation key ${wrappedBy}`,
    });
  }
  const place = placeOf(stated);
  try {
    const unwrap = (wrapped: string, what: "id key" | "encryption key") =>
      wrapper.unseal(Buffer.from(wrapped, "base64"), purposeOf(place, what));
    const keys = { idKey: unwrap(idKey, "id key"), encryptionKey: unwrap(encryptionKey, "encryption key") };
    assertKeys(keys);
    return { ...place, keys };
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
  const bytes = await readObject(store, name, ENVELOPE_RANGE).catch((cause: unknown) => {
    if (!isDomainError(cause, "STORAGE_OBJECT_NOT_FOUND")) throw cause;
    const message = `no key envelope here opens with this key (there is no ${name})`;
    throw new DomainError("REPOSITORY_KEY_WRONG", { message, cause });
  });
  return decodeEnvelope(wrapper, bytes);
}

/** What the header in the store says of node sizes; null when there is none that these keys prove. */
async function provenShape(store: ObjectStore, { keys }: UnwrappedKeys): Promise<TreeShape | null> {
  try {
    return decodeHeader(await readObject(store, HEADER_NAME, HEADER_RANGE), keys).shape;
  } catch (error) {
    const codes = ["STORAGE_OBJECT_NOT_FOUND", "REPOSITORY_FORMAT_UNKNOWN", "REPOSITORY_KEY_WRONG"] as const;
    if (codes.some((code) => isDomainError(error, code))) return null;
    throw error;
  }
}

/**
 * Sees to it that the wrapper opens the repository: writes its envelope where there is none, and replaces one that is
 * damaged, holds other keys or lacks the node sizes. May run any number of times, also at once. True when it wrote.
 */
export async function ensureEnvelope(
  store: ObjectStore,
  wrapper: KeyWrapper,
  unwrapped: UnwrappedKeys,
): Promise<boolean> {
  const shape = (await provenShape(store, unwrapped)) ?? unwrapped.shape;
  try {
    const stored = await readEnvelope(store, wrapper);
    const same =
      stored.repositoryId === unwrapped.repositoryId &&
      stored.keys.idKey.equals(unwrapped.keys.idKey) &&
      stored.keys.encryptionKey.equals(unwrapped.keys.encryptionKey) &&
      (shape === undefined || isDeepStrictEqual(stored.shape, shape));
    if (same) return false;
  } catch (error) {
    if (!isDomainError(error, "REPOSITORY_KEY_WRONG") && !isDomainError(error, "KEY_ENVELOPE_CORRUPT")) throw error;
  }
  await store.put(envelopeName(wrapper), encodeEnvelope(wrapper, { ...unwrapped, ...(shape && { shape }) }));
  return true;
}

/** Every envelope of a repository, in the order of key ids. Throws STORAGE_UNAVAILABLE. */
export async function listEnvelopes(store: ObjectStore): Promise<StoredEnvelope[]> {
  const found: StoredEnvelope[] = [];
  for await (const { name, bytes } of store.list(ENVELOPE_PREFIX)) {
    const keyId = name.slice(ENVELOPE_PREFIX.length);
    if (!KEY_ID.test(keyId) || bytes > ENVELOPE_BYTES_MAX) continue;
    found.push({ keyId, text: (await readObject(store, name, ENVELOPE_RANGE)).toString("utf8") });
  }
  return found;
}

/** Removes the envelope of a key; none is not an error. Never the last one: see to another one first. */
export async function removeEnvelope(store: ObjectStore, keyId: Buffer): Promise<void> {
  await store.delete(envelopeName({ id: keyId }));
}

/** For an envelope that lies where it does not belong. */
export function foreignEnvelope(repositoryId: string): DomainError {
  const message = `the key envelope: it belongs to repository ${repositoryId}, not to this one`;
  return new DomainError("KEY_ENVELOPE_CORRUPT", { message, params: { repositoryId } });
}

function placeOf({
  repositoryId,
  leafTargetBytes,
  innerTargetBytes,
}: Pick<z.infer<typeof Envelope>, "repositoryId" | "leafTargetBytes" | "innerTargetBytes">): Omit<
  UnwrappedKeys,
  "keys"
> {
  if (leafTargetBytes === undefined || innerTargetBytes === undefined) return { repositoryId };
  return { repositoryId, shape: { leafTargetBytes, innerTargetBytes } };
}
