/** What a server cannot do, in words for a check list. Stable ids. */
export interface CapabilityNote {
  id: "noSnapshotReads" | "noOplog" | "noTransactions" | "noWriteBlock" | "noFcv" | "noAuthorization" | "standalone";
  text: string;
}

/** What the database user that we are signed in as may do. */
export interface PrivilegeFacts {
  read: boolean;
  write: boolean;
  setWriteBlock: boolean;
  bypassWriteBlock: boolean;
  viewUsers: boolean;
  /** Actions that a backup or restore would need and the user lacks, in words. */
  missing: string[];
}

export interface BypassingUser {
  user: string;
  database: string;
  /** The role that gives it, or "privileges". */
  through: string;
}

/** Everything that checks and pages need to know about a deployment, read from the server itself. */
export interface DeploymentFacts {
  version: string;
  versionArray: number[];
  fcv: { version: string; targetVersion: string | null; pinned: boolean };
  topology: "replicaSet" | "standalone";
  setName: string | null;
  replicaSetId: string | null;
  hosts: string[];
  /** The same for every way to reach one server: restores lock by it. */
  serverKey: string;
  /** Null when signed in as nobody. */
  user: { user: string; database: string } | null;
  privileges: PrivilegeFacts;
  authorizationEnabled: boolean;
  userWriteBlock: "off" | "on" | "unsupported";
  dataBytes: number;
  documents: number;
  storage: { freeBytes: number; totalBytes: number } | null;
  /** Users other than ours that write through a block; empty and `bypassKnown` false when we may not look. */
  usersWhoBypass: BypassingUser[];
  bypassKnown: boolean;
  supports: { snapshotReads: boolean; oplog: boolean; transactions: boolean; writeBlock: boolean };
  notes: CapabilityNote[];
}
