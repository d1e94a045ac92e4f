import * as z from "zod/mini";
import { Allowed, Id, NamedRef, PageInput, StoredError } from "../common/schema";

export const RESTORE_STATUSES = ["QUEUED", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED"] as const;
export const RestoreStatus = z.enum(RESTORE_STATUSES);
export type RestoreStatus = z.infer<typeof RestoreStatus>;

/** `projectId` is the source's: the project that the snapshot belongs to. */
export const ListTargets = z.object({ projectId: Id, snapshotId: Id });
export type ListTargets = z.infer<typeof ListTargets>;
export const CheckRestore = z.object({
  projectId: Id,
  snapshotId: Id,
  targetProjectId: Id,
  targetClusterId: Id,
});
export type CheckRestore = z.infer<typeof CheckRestore>;
export const StartRestore = z.extend(CheckRestore, {
  typedName: z.string().check(z.maxLength(64)),
  /** Go on although the server cannot block writes by itself. */
  acceptUnblocked: z._default(z.boolean(), false),
});
export type StartRestore = z.infer<typeof StartRestore>;
/** `projectId` is the target's or the source's. */
export const OneRestore = z.object({ projectId: Id, restoreId: Id });
export type OneRestore = z.infer<typeof OneRestore>;
export const ListRestores = z.extend(PageInput, {
  projectId: Id,
  clusterId: z.optional(Id),
  status: z.optional(RestoreStatus),
});
export type ListRestores = z.infer<typeof ListRestores>;

/** One line of the check list. */
export const CHECK_IDS = [
  "snapshot",
  "state",
  "tier",
  "version",
  "fcv",
  "topology",
  "encryption",
  "space",
  "lock",
  "writeBlock",
  "compliance",
  "consistency",
  "notAtomic",
  "bypass",
  "roleSource",
  "roleTarget",
] as const;
export const Check = z.object({
  id: z.enum(CHECK_IDS),
  result: z.enum(["pass", "warn", "fail"]),
  /** "Version" */
  title: z.string(),
  /** "8.0.4 to 8.0.9: same major and minor, the patch does not matter." */
  fact: z.string(),
  /** The plans that a failure stops. */
  stops: z.array(z.enum(["fullLoad"])),
  /** The Admin API's code for a failure, where it has one. */
  errorCode: z.nullable(z.string()),
});
export type Check = z.infer<typeof Check>;

export const RestoreTarget = z.object({
  cluster: NamedRef,
  project: NamedRef,
  isSource: z.boolean(),
  tier: z.string(),
  mongoDBVersion: z.string(),
  dataBytes: z.nullable(z.int()),
  /** From the row alone; the check list reads the server. */
  can: Allowed,
});
export type RestoreTarget = z.infer<typeof RestoreTarget>;
export const TargetsView = z.object({
  targets: z.array(RestoreTarget),
  projects: z.array(z.object({ id: Id, name: z.string(), can: Allowed })),
});
export type TargetsView = z.infer<typeof TargetsView>;

export const SourceView = z.object({
  snapshotId: Id,
  cluster: NamedRef,
  project: NamedRef,
  dataAt: z.nullable(z.date()),
  createdAt: z.date(),
  consistent: z.boolean(),
  mongoDBVersion: z.nullable(z.string()),
  documents: z.nullable(z.int()),
  collections: z.nullable(z.int()),
  dataBytes: z.nullable(z.int()),
});
export type SourceView = z.infer<typeof SourceView>;

/** What happens to each namespace of the target. */
export const Consequence = z.object({
  namespace: z.string(),
  action: z.enum(["replaced", "created", "dropped"]),
  /** Documents there now; null where it does not exist. */
  documentsNow: z.nullable(z.int()),
  documentsAfter: z.nullable(z.int()),
});
export type Consequence = z.infer<typeof Consequence>;

export const RestoreCheckView = z.object({
  source: SourceView,
  target: z.object({
    cluster: NamedRef,
    project: NamedRef,
    tier: z.string(),
    mongoDBVersion: z.string(),
    dataBytes: z.nullable(z.int()),
    freeBytes: z.nullable(z.int()),
  }),
  checkedAt: z.date(),
  checks: z.array(Check),
  /** True when no check fails. */
  possible: z.boolean(),
  /** True when the server cannot block writes and the user has to accept that. */
  needsAcceptUnblocked: z.boolean(),
  consequences: z.array(Consequence),
  /** Null when nothing is known to estimate from. */
  estimate: z.nullable(z.object({ seconds: z.number(), fromRuns: z.int(), bytesPerSecond: z.number() })),
});
export type RestoreCheckView = z.infer<typeof RestoreCheckView>;

export const RestoreView = z.object({
  id: Id,
  status: RestoreStatus,
  snapshot: z.object({ id: Id, createdAt: z.date(), dataAt: z.nullable(z.date()), kind: z.string() }),
  source: z.object({ cluster: NamedRef, project: NamedRef }),
  target: z.object({ cluster: NamedRef, project: NamedRef }),
  requestedBy: z.nullable(z.string()),
  createdAt: z.date(),
  startedAt: z.nullable(z.date()),
  finishedAt: z.nullable(z.date()),
  error: z.nullable(StoredError),
  run: z.nullable(
    z.object({
      id: Id,
      percent: z.nullable(z.number()),
      step: z.nullable(z.string()),
      message: z.nullable(z.string()),
      bytesPerSecond: z.nullable(z.number()),
    }),
  ),
  hasReport: z.boolean(),
  can: z.object({ cancel: Allowed }),
});
export type RestoreView = z.infer<typeof RestoreView>;

export const RestoreDetail = z.extend(RestoreView, {
  checks: z.array(Check),
  lock: z.nullable(
    z.object({ since: z.date(), heartbeatAt: z.date(), serverSide: z.boolean(), releasedAt: z.nullable(z.date()) }),
  ),
});
export type RestoreDetail = z.infer<typeof RestoreDetail>;

/** The proof, as it is stored when the run ends (dates as ISO text) and as the page shows it. */
export const RestoreReport = z.object({
  restoreId: Id,
  outcome: z.enum(["proven", "failed", "cancelled"]),
  madeAt: z.string(),
  source: z.object({
    cluster: z.string(),
    project: z.string(),
    mongoDBVersion: z.nullable(z.string()),
    snapshotId: Id,
    manifestId: z.nullable(z.string()),
    dataAt: z.nullable(z.string()),
    consistent: z.boolean(),
  }),
  target: z.object({ cluster: z.string(), project: z.string(), mongoDBVersion: z.string() }),
  plan: z.literal("fullLoad"),
  who: z.object({
    requestedBy: z.nullable(z.string()),
    requestedAt: z.string(),
    /** Roles that allowed it, in the source's and the target's project. */
    allowedBy: z.array(z.object({ project: z.string(), roles: z.array(z.string()) })),
    typedName: z.string(),
    worker: z.string(),
    startedAt: z.string(),
    finishedAt: z.string(),
    attempts: z.int(),
    activitySequence: z.nullable(z.int()),
    activityHash: z.nullable(z.string()),
  }),
  writes: z.object({
    blockedFrom: z.nullable(z.string()),
    blockedUntil: z.nullable(z.string()),
    /** The server itself refused writes; false: the user accepted that it could not. */
    serverSide: z.boolean(),
    releaseVerified: z.boolean(),
    blockedSeconds: z.nullable(z.number()),
  }),
  /** One hash over the canonical roots of all collections; null where nothing was proven. */
  root: z.object({ wanted: z.nullable(z.string()), readBack: z.nullable(z.string()) }),
  totals: z.object({ documents: z.int(), bytes: z.int(), collections: z.int(), indexes: z.int() }),
  collections: z.array(
    z.object({
      namespace: z.string(),
      documents: z.int(),
      bytes: z.int(),
      indexes: z.int(),
      rootWanted: z.nullable(z.string()),
      rootReadBack: z.nullable(z.string()),
      equal: z.boolean(),
    }),
  ),
  views: z.array(z.string()),
  /** Namespaces that existed only on the target; gone, as the snapshot has none of that name. */
  removed: z.array(z.string()),
  /** What differs from the source, and by which rule. */
  differences: z.array(z.object({ namespace: z.string(), what: z.string() })),
  steps: z.array(z.object({ name: z.string(), startedAt: z.nullable(z.string()), seconds: z.nullable(z.number()) })),
  error: z.nullable(StoredError),
});
export type RestoreReport = z.infer<typeof RestoreReport>;
