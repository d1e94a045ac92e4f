import * as z from "zod/mini";
import { CloudProvider, Region } from "../clusters/schema";
import { Allowed, Id, NamedRef, shortText, StoredError } from "../common/schema";

/** What holds the snapshots: the installation's own disk, or one of what people add. */
export const STORAGE_KINDS = ["INSTALLATION", "S3", "AZURE", "GCS", "FOLDER"] as const;
export const StorageKind = z.enum(STORAGE_KINDS);
export type StorageKind = z.infer<typeof StorageKind>;

const secret = (maxLength = 4096) =>
  z.string().check(z.trim(), z.minLength(1, "must not be empty"), z.maxLength(maxLength));

/** Goes in, is sealed, and never comes out again. */
export const TargetCredentials = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("s3"),
    accessKeyId: secret(256),
    secretAccessKey: secret(),
    sessionToken: z.optional(secret()),
  }),
  z.object({ kind: z.literal("azure"), accountKey: secret() }),
  z.object({ kind: z.literal("azure-sas"), sasToken: secret() }),
  z.object({ kind: z.literal("gcs"), serviceAccountJson: secret(20_000) }),
  z.object({ kind: z.literal("none") }),
]);
export type TargetCredentials = z.infer<typeof TargetCredentials>;

export const TargetName = shortText(64);
/** A URL as docs/storage.md describes them; credentials are never part of it. */
export const TargetLocation = z.string().check(z.trim(), z.minLength(1, "must not be empty"), z.maxLength(1000));

export const OneTarget = z.object({ orgId: Id, targetId: Id });
export type OneTarget = z.infer<typeof OneTarget>;
export const TestNewTarget = z.object({ orgId: Id, location: TargetLocation, credentials: TargetCredentials });
export type TestNewTarget = z.infer<typeof TestNewTarget>;
export const AddTarget = z.extend(TestNewTarget, { name: TargetName });
export type AddTarget = z.infer<typeof AddTarget>;
/** The location never changes: what is stored there would be lost from sight. */
export const UpdateTarget = z.extend(OneTarget, {
  name: z.optional(TargetName),
  credentials: z.optional(TargetCredentials),
});
export type UpdateTarget = z.infer<typeof UpdateTarget>;
export const AssignTarget = z.extend(OneTarget, {
  /** Null: every project of the organization. */
  projectId: z.nullable(Id),
  cloudProvider: CloudProvider,
  /** Null: every region of the provider. */
  region: z.nullable(Region),
});
export type AssignTarget = z.infer<typeof AssignTarget>;
export const UnassignTarget = z.object({ orgId: Id, assignmentId: Id });
export type UnassignTarget = z.infer<typeof UnassignTarget>;

/** The steps of a test, in order. Each tells one thing apart from the others. */
const PROBE_STEPS = ["reach", "write", "read", "list", "conditional", "delete", "clock"] as const;
export const ProbeStepView = z.object({
  name: z.enum(PROBE_STEPS),
  ok: z.boolean(),
  /** Set on a step that is ok where people should know something. */
  code: z.nullable(z.string()),
  message: z.nullable(z.string()),
  milliseconds: z.number(),
});
export type ProbeStepView = z.infer<typeof ProbeStepView>;
export const TargetTest = z.object({ at: z.date(), ok: z.boolean(), steps: z.array(ProbeStepView) });
export type TargetTest = z.infer<typeof TargetTest>;

export const AssignmentView = z.object({
  id: Id,
  /** Null: every project. */
  project: z.nullable(NamedRef),
  cloudProvider: CloudProvider,
  /** Null: every region. */
  region: z.nullable(z.string()),
});
export type AssignmentView = z.infer<typeof AssignmentView>;

export const TargetUsage = z.object({
  /** What its packs take. */
  storedBytes: z.int(),
  snapshots: z.int(),
  clusters: z.int(),
});
export type TargetUsage = z.infer<typeof TargetUsage>;

export const TargetView = z.object({
  id: Id,
  name: z.string(),
  kind: StorageKind,
  isDefault: z.boolean(),
  /** Where it is, as people say it: "s3://backups/holdfast", "/srv/backups". */
  place: z.string(),
  /** What answers there: "eu-central-1", "https://minio.example.com"; null for the provider's one address and a folder. */
  service: z.nullable(z.string()),
  usage: TargetUsage,
  assignments: z.array(AssignmentView),
  /** Assignments to projects that the reader does not see. */
  hiddenAssignments: z.int(),
  lastTest: z.nullable(TargetTest),
  createdAt: z.date(),
  createdBy: z.nullable(z.string()),
  can: z.object({ edit: Allowed, test: Allowed, makeDefault: Allowed, assign: Allowed, remove: Allowed }),
});
export type TargetView = z.infer<typeof TargetView>;

export const StorageView = z.object({
  targets: z.array(TargetView),
  can: z.object({ add: Allowed }),
});
export type StorageView = z.infer<typeof StorageView>;

/** What the last round of garbage collection did. */
export const CollectionRound = z.object({
  startedAt: z.date(),
  /** Null: it runs, or was cut short. */
  finishedAt: z.nullable(z.date()),
  deletedBytes: z.int(),
  /** To be removed once nothing that runs can need it. */
  waitingBytes: z.int(),
  error: z.nullable(StoredError),
});
export type CollectionRound = z.infer<typeof CollectionRound>;

export const TargetRepositoryView = z.object({
  id: Id,
  place: z.string(),
  storedBytes: z.int(),
  packs: z.int(),
  createdAt: z.date(),
  lastCollection: z.nullable(CollectionRound),
});
export type TargetRepositoryView = z.infer<typeof TargetRepositoryView>;

export const TargetClusterView = z.object({
  cluster: NamedRef,
  project: NamedRef,
  deleted: z.boolean(),
  snapshots: z.int(),
  /** What its snapshots added to the store. */
  storedBytes: z.int(),
});
export type TargetClusterView = z.infer<typeof TargetClusterView>;

/** A target's own page. */
export const TargetDetail = z.extend(TargetView, {
  /** Clusters of projects that the reader sees, largest first. */
  clusters: z.array(TargetClusterView),
  /** Clusters of other projects, as a number. */
  hiddenClusters: z.int(),
  /** Snapshots that are deleted or expired and whose manifests are still there. */
  leaving: z.int(),
  repositories: z.array(TargetRepositoryView),
  /** Print how a repository is restored with nothing but the installation's key. */
  canPrintKit: Allowed,
  /** Projects that it can be assigned to. */
  projects: z.array(NamedRef),
});
export type TargetDetail = z.infer<typeof TargetDetail>;

/** What a form for a new target offers. */
export const NewTargetView = z.object({
  organization: NamedRef,
  /** Folders of this server below which a target may lie. */
  folders: z.array(z.string()),
});
export type NewTargetView = z.infer<typeof NewTargetView>;

/** Where something of a cluster lies, or will. */
export const StoragePlace = z.object({ targetId: Id, name: z.string(), kind: StorageKind, place: z.string() });
export type StoragePlace = z.infer<typeof StoragePlace>;
