/**
 * Whether a snapshot can be restored to a target, as a list of checks. Pure: whoever asks reads the facts first (the
 * server's own word, not a row's) and gets the same answer in the wizard, over REST and in the worker.
 */
export type CheckId =
  | "snapshot"
  | "state"
  | "tier"
  | "version"
  | "fcv"
  | "topology"
  | "encryption"
  | "space"
  | "lock"
  | "writeBlock"
  | "compliance"
  | "consistency"
  | "notAtomic"
  | "bypass"
  | "roleSource"
  | "roleTarget";

export interface Check {
  id: CheckId;
  /** `fail` stops the plans in `stops`; `warn` is for the person to weigh. */
  result: "pass" | "warn" | "fail";
  title: string;
  /** The fact behind the result, in words. */
  fact: string;
  stops: Array<"fullLoad">;
  /** The Admin API's code of a failure, where it has one. */
  errorCode: string | null;
}

export type EncryptionProvider = "none" | "aws" | "azure" | "gcp";

export interface Topology {
  kind: "replicaSet" | "standalone" | "sharded";
  /** For sharded ones. */
  shards?: number;
  configServer?: "embedded" | "dedicated";
  /** The provider chooses the kind of config server by itself (a target's setting). */
  managedConfigServers?: boolean;
}

export interface SnapshotToCheck {
  state: "completed" | "inProgress" | "failed" | "deleted" | "expired";
  version: string;
  fcv: string;
  fcvPinned: boolean;
  /** M0, FLEX, M10, … as the cluster had it. */
  tier: string;
  topology: Topology;
  /** Only one shard of a sharded cluster's snapshot. */
  isShardPart?: boolean;
  consistent: boolean;
  inconsistentReason?: string | null;
  dataBytes: number;
  encryption: EncryptionProvider;
  /** False when the key that encrypted it is gone. */
  encryptionKeyUsable?: boolean;
  views: string[];
  timeSeries: string[];
}

export interface TargetToCheck {
  name: string;
  state: "idle" | "creating" | "deleting" | "deleted" | "paused" | "unreachable";
  /** Why it cannot be reached, in words, when it cannot. */
  stateReason?: string | null;
  tier: string;
  version: string;
  fcv: string;
  /** Set while the target's feature compatibility version is being changed. */
  fcvTargetVersion?: string | null;
  topology: Topology;
  encryption: EncryptionProvider;
  storage: { freeBytes: number; totalBytes: number } | null;
  /** Another restore holds this server, in our database or by its marker. */
  restoreRunning: boolean;
  liveImportRunning?: boolean;
  /** `ours`: left over from this very run. */
  writeBlock: "off" | "ours" | "notOurs" | "unsupported";
  /** The server and our user there can block writes and write nevertheless. */
  canBlockWrites: boolean;
  cannotBlockReason?: string | null;
  /** What our user there lacks for a restore, in words. */
  missingPrivileges: string[];
  usersWhoBypass: string[];
  /** False when we may not look at the users. */
  bypassKnown: boolean;
  /** Other connections that are open now; null when the server does not tell. */
  otherClients?: number | null;
  timeSeries: string[];
}

export interface CallerToCheck {
  /** The person may restore from the snapshot's project; and into the target's. */
  source: { allowed: boolean; project: string };
  target: { allowed: boolean; project: string };
}

/** A backup compliance policy of the target's project, as far as it reaches a restore. */
export interface ComplianceToCheck {
  active: boolean;
  encryptionRequired: boolean;
}

export interface RestoreToCheck {
  snapshot: SnapshotToCheck;
  target: TargetToCheck;
  caller: CallerToCheck;
  compliance?: ComplianceToCheck;
}

export function pass(id: CheckId, title: string, fact: string): Check {
  return { id, result: "pass", title, fact, stops: [], errorCode: null };
}

export function warn(id: CheckId, title: string, fact: string): Check {
  return { id, result: "warn", title, fact, stops: [], errorCode: null };
}

export function fail(id: CheckId, title: string, fact: string, errorCode: string | null = null): Check {
  return { id, result: "fail", title, fact, stops: ["fullLoad"], errorCode };
}
