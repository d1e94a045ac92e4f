import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { TreeShape } from "../../tree";
import { headerMac, type RepositoryKeys } from "./keys";

/** The one object that is not encrypted: what this is, in which format, and whether the keys at hand are its keys. */
export const HEADER_NAME = "holdfast-repository";
export const FORMAT_VERSION = 1;
const FORMAT = "holdfast repository";
const HEADER_BYTES_MAX = 64 * 1024;
/** What is read of a header: a byte more than one may have, so that one that is too long is seen to be. */
export const HEADER_RANGE = { offset: 0, length: HEADER_BYTES_MAX + 1 };

export interface RepositoryHeader {
  readonly repositoryId: string;
  readonly shape: TreeShape;
}

const Stored = z.strictObject({
  format: z.literal(FORMAT),
  formatVersion: z.literal(FORMAT_VERSION),
  repositoryId: z.string().regex(/^[0-9a-f]{24}$/),
  leafTargetBytes: z.int().positive(),
  innerTargetBytes: z.int().positive(),
});

/** Two lines of text: the header as JSON, and its proof (HMAC) in hex. */
export function encodeHeader(header: RepositoryHeader, keys: RepositoryKeys): Buffer {
  const { repositoryId, shape } = header;
  const stored: z.infer<typeof Stored> = { format: FORMAT, formatVersion: FORMAT_VERSION, repositoryId, ...shape };
  const line = JSON.stringify(stored);
  return Buffer.from(`${line}\n${headerMac(keys, line).toString("hex")}\n`);
}

/**
 * Throws REPOSITORY_FORMAT_UNKNOWN for a version from the future or something that is no header at all,
 * REPOSITORY_KEY_WRONG when the proof fails: other keys, or a header that was changed.
 */
export function decodeHeader(bytes: Buffer, keys: RepositoryKeys): RepositoryHeader {
  const { line, proof, header } = readHeader(bytes);
  const expected = headerMac(keys, line);
  const given = Buffer.from(proof, "hex");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new DomainError("REPOSITORY_KEY_WRONG", { message: "the keys are not those of this repository" });
  }
  return header;
}

/** The repository's id as the header states it, not proven. Throws REPOSITORY_FORMAT_UNKNOWN. */
export function statedRepositoryId(bytes: Buffer): string {
  return readHeader(bytes).header.repositoryId;
}

/** True for a header that a later version of this program wrote. */
export function isOfLaterVersion(bytes: Buffer): boolean {
  const later = z.object({ format: z.literal(FORMAT), formatVersion: z.int().gt(FORMAT_VERSION) });
  return later.safeParse(parseJson(bytes.toString("utf8").split("\n")[0] ?? "")).success;
}

function readHeader(bytes: Buffer): { line: string; proof: string; header: RepositoryHeader } {
  const [line = "", proof = ""] = bytes.length > HEADER_BYTES_MAX ? [] : bytes.toString("utf8").split("\n");
  const parsed = Stored.safeParse(parseJson(line));
  if (!parsed.success) {
    throw new DomainError("REPOSITORY_FORMAT_UNKNOWN", { message: "the header is of no format that is known here" });
  }
  const { repositoryId, leafTargetBytes, innerTargetBytes } = parsed.data;
  return { line, proof, header: { repositoryId, shape: { leafTargetBytes, innerTargetBytes } } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
