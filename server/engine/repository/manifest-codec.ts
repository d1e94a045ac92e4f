import { z } from "zod";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { SnapshotManifest } from "./manifest";
import { seal, unseal, UnsealError, type SealContext } from "./sealed";
import type { Zstd } from "./zstd";

/**
 * A manifest as an object: "HFMF", format version, content length as uint32, sealed JSON (UTF-8, node ids in hex).
 */
const MARK = "HFMF";
const HEAD_BYTES = 4 + 1 + 4;
const FORMAT_VERSION = 1;
const CONTENT_BYTES_MAX = 512 * 1024 * 1024;
/** Of the object: what cannot be compressed grows a little. */
export const MANIFEST_BYTES_MAX = CONTENT_BYTES_MAX + CONTENT_BYTES_MAX / 128;

const Hex = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((hex) => Buffer.from(hex, "hex"));
const Count = z.int().nonnegative();
const Root = z.object({ id: Hex.nullable(), documents: Count, tombstones: Count, bytes: Count, height: Count });
const Collection = z.object({
  database: z.string(),
  name: z.string(),
  type: z.enum(["collection", "view", "timeseries"]),
  uuid: z.string().nullable(),
  options: z.string(),
  indexes: z.array(z.string()),
  idIndex: z.string().nullable(),
  keying: z.enum(["id", "ordinal"]),
  layers: z.object({ base: Root, deltas: z.array(Root) }).nullable(),
  root: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullish(),
  documents: Count,
  bytes: Count,
});
const Member = z.object({
  name: z.string(),
  clusterTime: z.object({ seconds: Count, increment: Count }).nullable(),
  collections: z.array(Collection),
});
const Source = z.object({
  clusterId: z.string(),
  clusterName: z.string(),
  mongoDBVersion: z.string(),
  fcv: z.string(),
  fcvPinned: z.boolean(),
  tier: z.string(),
  replicaSetName: z.string().nullable(),
});
const Id = z.string().regex(/^[0-9a-f]{24}$/);
const Named = z.object({ id: Id, name: z.string() });
const Catalogue = z.object({
  organization: Named,
  project: Named,
  cluster: Named.extend({
    tier: z.string(),
    cloudProvider: z.string(),
    region: z.string(),
    deploymentKind: z.enum(["EMBEDDED", "EXTERNAL"]),
    embeddedPort: z.int().min(1).max(65_535).optional(),
  }),
  snapshot: z.object({
    id: Id,
    kind: z.enum(["ON_DEMAND", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "FALLBACK"]),
    description: z.string().nullable(),
    retentionDays: Count,
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    requestedByName: z.string().nullable(),
    storedBytes: Count,
  }),
});
const Manifest = z.object({
  formatVersion: z.literal(1),
  snapshotId: z.string(),
  createdAt: z.string(),
  consistent: z.boolean(),
  inconsistentReason: z.string().optional(),
  source: Source,
  members: z.array(Member),
  catalogue: Catalogue.optional(),
});

export interface ManifestSecrets {
  readonly zstd: Zstd;
  readonly encryptionKey: Buffer;
  readonly repositoryId: string;
}

function contextOf(secrets: ManifestSecrets, manifestId: string): SealContext {
  return { kind: "manifest", identity: Buffer.from(secrets.repositoryId + manifestId, "hex") };
}

/** Throws INTERNAL for what decodeManifest would not take: a snapshot that nobody could read must not be stored. */
export function encodeManifest(secrets: ManifestSecrets, manifestId: string, manifest: SnapshotManifest): Buffer {
  // Buffers have a toJSON of their own, which runs before a replacer sees them: hence the look at the holder.
  const json = JSON.stringify(manifest, function (this: Record<string, unknown>, key, value: unknown) {
    const own = this[key];
    return Buffer.isBuffer(own) ? own.toString("hex") : value;
  });
  const readable = Manifest.safeParse(JSON.parse(json));
  if (!readable.success) throw unreadable(readable.error);
  const content = Buffer.from(json);
  const sealed = seal(secrets.zstd, secrets.encryptionKey, contextOf(secrets, manifestId), content);
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MARK, 0, "latin1");
  head[4] = FORMAT_VERSION;
  head.writeUInt32LE(content.length, 5);
  return Buffer.concat([head, sealed]);
}

/** Throws MANIFEST_CORRUPT for anything but what encodeManifest made under this id; REPOSITORY_FORMAT_UNKNOWN for a later version. */
export function decodeManifest(secrets: ManifestSecrets, manifestId: string, object: Buffer): SnapshotManifest {
  if (object.length < HEAD_BYTES || object.toString("latin1", 0, 4) !== MARK) {
    throw manifestCorrupt(manifestId, "it is no manifest");
  }
  if (object[4] !== FORMAT_VERSION) {
    const message = `manifest ${manifestId}: format version ${object[4]} is unknown`;
    throw new DomainError("REPOSITORY_FORMAT_UNKNOWN", { message, params: { manifestId } });
  }
  const contentBytes = object.readUInt32LE(5);
  if (contentBytes > CONTENT_BYTES_MAX) throw manifestCorrupt(manifestId, "it states an impossible length");
  try {
    const { zstd, encryptionKey } = secrets;
    const context = contextOf(secrets, manifestId);
    const content = unseal(zstd, encryptionKey, context, object.subarray(HEAD_BYTES), contentBytes);
    return Manifest.parse(JSON.parse(new TextDecoder().decode(content)));
  } catch (error) {
    if (error instanceof UnsealError) throw manifestCorrupt(manifestId, error.message, error);
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      throw manifestCorrupt(manifestId, "its content is not of its format", error);
    }
    throw error;
  }
}

function unreadable(cause: z.ZodError): DomainError {
  const where = cause.issues.map(({ path }) => path.join(".")).join(", ");
  return new DomainError("INTERNAL", { message: `a manifest cannot be stored: ${where} is not of its format`, cause });
}

function manifestCorrupt(manifestId: string, what: string, cause?: unknown): DomainError {
  return new DomainError("MANIFEST_CORRUPT", {
    message: `manifest ${manifestId}: ${what}`,
    params: { manifestId },
    cause,
  });
}
