import * as z from "zod/mini";
import { Allowed, Id, InCluster, NamedRef, PageInput, StoredError } from "../common/schema";
import { StoragePlace } from "../storage/schema";

export const SNAPSHOT_STATUSES = ["QUEUED", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED"] as const;
export const SnapshotStatus = z.enum(SNAPSHOT_STATUSES);
export type SnapshotStatus = z.infer<typeof SnapshotStatus>;
export const SNAPSHOT_KINDS = ["ON_DEMAND", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "FALLBACK"] as const;
export const SnapshotKind = z.enum(SNAPSHOT_KINDS);
export type SnapshotKind = z.infer<typeof SnapshotKind>;

export const RETENTION_DAYS_MAX = 3650;
export const RetentionDays = z
  .int("must be a whole number of days")
  .check(z.gte(1, "at least 1 day"), z.lte(RETENTION_DAYS_MAX, `at most ${RETENTION_DAYS_MAX} days`));
export const TakeSnapshot = z.extend(InCluster, {
  retentionDays: z._default(RetentionDays, 7),
  description: z.optional(z.string().check(z.trim(), z.maxLength(500))),
});
export type TakeSnapshot = z.infer<typeof TakeSnapshot>;

export const OneSnapshot = z.object({ projectId: Id, snapshotId: Id });
export type OneSnapshot = z.infer<typeof OneSnapshot>;

export const ListSnapshots = z.extend(PageInput, {
  projectId: Id,
  /** Without it, all snapshots of the project. */
  clusterId: z.optional(Id),
  filter: z._default(
    z.object({
      /** "policy": every kind but on-demand. */
      kind: z.optional(z.enum(["all", "policy", "onDemand"])),
      status: z.optional(SnapshotStatus),
      proven: z.optional(z.boolean()),
      takenAfter: z.optional(z.date()),
      takenBefore: z.optional(z.date()),
    }),
    {},
  ),
  sort: z._default(z.enum(["-createdAt", "createdAt"]), "-createdAt"),
});
export type ListSnapshots = z.infer<typeof ListSnapshots>;

export const SnapshotView = z.object({
  id: Id,
  cluster: z.object({ id: Id, name: z.string(), deleted: z.boolean() }),
  projectId: Id,
  kind: SnapshotKind,
  status: SnapshotStatus,
  expired: z.boolean(),
  description: z.nullable(z.string()),
  requestedBy: z.nullable(z.string()),
  createdAt: z.date(),
  startedAt: z.nullable(z.date()),
  finishedAt: z.nullable(z.date()),
  expiresAt: z.nullable(z.date()),
  retentionDays: z.int(),
  /** The moment the data is true for. */
  dataAt: z.nullable(z.date()),
  tier: z.string(),
  cloudProvider: z.string(),
  region: z.string(),
  mongoDBVersion: z.nullable(z.string()),
  fcv: z.nullable(z.string()),
  fcvPinned: z.boolean(),
  consistent: z.boolean(),
  inconsistentReason: z.nullable(z.string()),
  documents: z.nullable(z.int()),
  collections: z.nullable(z.int()),
  dataBytes: z.nullable(z.int()),
  /** New in the store. */
  storedBytes: z.nullable(z.int()),
  verifiedAt: z.nullable(z.date()),
  verifyError: z.nullable(z.string()),
  provenAt: z.nullable(z.date()),
  error: z.nullable(StoredError),
  /** The run that takes it, and how far it is; then the one that verifies it. */
  run: z.nullable(
    z.object({
      id: Id,
      kind: z.enum(["SNAPSHOT_TAKE", "SNAPSHOT_VERIFY"]),
      percent: z.nullable(z.number()),
      step: z.nullable(z.string()),
      message: z.nullable(z.string()),
      bytesPerSecond: z.nullable(z.number()),
    }),
  ),
  can: z.object({ restore: Allowed, verify: Allowed, delete: Allowed, cancel: Allowed }),
});
export type SnapshotView = z.infer<typeof SnapshotView>;

export const SnapshotCollection = z.object({
  database: z.string(),
  name: z.string(),
  type: z.enum(["collection", "view", "timeseries"]),
  documents: z.int(),
  bytes: z.int(),
  indexes: z.int(),
});
/** A snapshot's own page: the view, and what is in it where it is complete. */
export const SnapshotDetail = z.extend(SnapshotView, {
  project: NamedRef,
  manifestId: z.nullable(z.string()),
  /** Where it lies; null before it is stored. */
  storage: z.nullable(StoragePlace),
  contents: z.nullable(z.array(SnapshotCollection)),
});
export type SnapshotDetail = z.infer<typeof SnapshotDetail>;

export const TimelineInput = z.extend(InCluster, { from: z.date(), to: z.date() });
export type TimelineInput = z.infer<typeof TimelineInput>;
export const TimelineView = z.object({
  from: z.date(),
  to: z.date(),
  now: z.date(),
  /** The oldest snapshot that still exists, for "All". */
  oldestAt: z.nullable(z.date()),
  marks: z.array(
    z.object({
      snapshotId: Id,
      at: z.date(),
      kind: SnapshotKind,
      status: SnapshotStatus,
      consistent: z.boolean(),
      verified: z.boolean(),
      proven: z.boolean(),
      description: z.nullable(z.string()),
      expiresAt: z.nullable(z.date()),
      dataBytes: z.nullable(z.int()),
    }),
  ),
  /** Restores into the cluster and changes of its version. */
  events: z.array(z.object({ at: z.date(), kind: z.enum(["restore", "version"]), label: z.string() })),
  /** More marks in the range than are listed; the newest are kept. */
  truncated: z.boolean(),
});
export type TimelineView = z.infer<typeof TimelineView>;
