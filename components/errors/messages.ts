import type { ErrorCode } from "@/server/platform/errors/codes";

/** Values that the server put into an error, for its words. */
export type ErrorWordParams = Record<string, string | number | boolean | null>;

/** What people read: what happened, what is unharmed, what to do. */
export interface ErrorWords {
  title: string;
  body: string;
}

type Words = ErrorWords | ((params: ErrorWordParams) => ErrorWords);

const gone = (thing: string): ErrorWords => ({
  title: `There is no such ${thing}.`,
  body: "It may be gone, or you may not belong to its project.",
});

const damaged = (what: string): ErrorWords => ({
  title: `${what} in the backup storage cannot be trusted.`,
  body: "Nothing was written to a cluster. Use another snapshot, and let an operator look at the storage.",
});

const or = (value: ErrorWordParams[string] | undefined, otherwise: string) =>
  value === undefined || value === null || value === "" ? otherwise : String(value);

/** Which part of a connection string is refused, and why. */
function refusedPart(params: ErrorWordParams): string {
  switch (params.reason) {
    case "option":
      return `The option ${or(params.option, "in it")} would let the server read files or go another way.`;
    case "mechanism":
      return `The mechanism ${or(params.mechanism, "in it")} would use this machine's own identity; use a user and password.`;
    case "socket":
      return "Local sockets are refused; give a host and a port.";
    case "address":
      return `${or(params.host, "A host")} is at ${or(params.address, "an address")}, which this installation does not connect to.`;
    default:
      return "Options that read files, local sockets, the machine's own identity and link-local addresses are refused.";
  }
}

/** Why a storage target cannot be removed. */
function usedBy(params: ErrorWordParams): string {
  switch (params.reason) {
    case "default":
      return "It is the organization's default. Make another one the default first.";
    case "installation":
      return "The installation's own disk always stays.";
    case "running":
      return `A snapshot of ${or(params.clusters, "a cluster")} is being stored there.`;
    default:
      return `It holds snapshots of ${or(params.clusters, "clusters")}. It can be removed once they have expired or are deleted, and cleaned away.`;
  }
}

/** The words for every code. A code without words does not compile. */
export const ERROR_WORDS = {
  SIGNED_OUT: { title: "You are signed out.", body: "Sign in again; nothing you did is lost." },
  SIGN_IN_FAILED: {
    title: "Email or password is wrong.",
    body: "Check both. An Organization Owner can add you again if you are locked out.",
  },
  RATE_LIMITED: { title: "Too many attempts.", body: "Nothing was changed. Wait a few minutes, then try again." },
  USER_UNAUTHORIZED: (params) => ({
    title: "Your roles do not allow this.",
    body: params.roles
      ? `It needs ${or(params.roles, "")}. Nothing was changed.`
      : "Nothing was changed. The Members page says who can give you the role.",
  }),
  RESOURCE_NOT_FOUND: {
    title: "There is nothing here for you.",
    body: "The address may be wrong, the thing may be gone, or you may not belong to its project.",
  },
  ORG_NOT_FOUND: gone("organization"),
  GROUP_NOT_FOUND: gone("project"),
  CLUSTER_NOT_FOUND: gone("cluster"),
  SNAPSHOT_NOT_FOUND: gone("snapshot"),
  RESTORE_JOB_NOT_FOUND: gone("restore"),
  RUN_NOT_FOUND: gone("run"),
  USER_NOT_FOUND: {
    title: "Nobody here has this email.",
    body: "Check the spelling. A person needs an account before they can be added.",
  },
  SETUP_TOKEN_INVALID: {
    title: "This is not the token.",
    body: "Copy the one-time token from the terminal where Holdfast was started. Nothing was created.",
  },
  SETUP_ALREADY_DONE: {
    title: "This installation is already set up.",
    body: "Sign in with the first owner's account.",
  },

  VALIDATION_ERROR: (params) => ({
    title: "Something in the form is not right.",
    body: or(params.detail, "Look at the marked fields. Nothing was changed."),
  }),
  INVALID_ATTRIBUTE: (params) => ({
    title: `The value of ${or(params.attribute, "one field")} cannot be used.`,
    body: or(params.detail, "Change it and try again. Nothing was changed."),
  }),
  MISSING_ATTRIBUTE: (params) => ({
    title: `${or(params.attribute, "A field")} is missing.`,
    body: "Fill it in and try again. Nothing was changed.",
  }),

  GROUP_ALREADY_EXISTS: {
    title: "The organization has a project of this name.",
    body: "Choose another name. Nothing was created.",
  },
  CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS: {
    title: "The project still has clusters.",
    body: "Terminate its clusters first. The project and its snapshots are untouched.",
  },
  USER_ALREADY_EXISTS: { title: "This person is already a member.", body: "Change their roles in the list instead." },
  CANNOT_DEMOTE_LAST_ORG_OWNER: {
    title: "An organization needs an owner.",
    body: "Give somebody else the Organization Owner role first. Nothing was changed.",
  },
  CANNOT_DELETE_LAST_ADMIN: {
    title: "The last owner cannot be removed.",
    body: "Give somebody else the owner role first. Nothing was changed.",
  },
  CANNOT_REMOVE_LAST_GROUP_OWNER: {
    title: "A project needs an owner.",
    body: "Give somebody else the Project Owner role first. Nothing was changed.",
  },
  CANNOT_REMOVE_ALL_USER_ROLES: {
    title: "A member needs at least one role.",
    body: "Choose one, or remove the member instead. Nothing was changed.",
  },

  DUPLICATE_CLUSTER_NAME: {
    title: "The project has a cluster of this name.",
    body: "Choose another name. Nothing was created.",
  },
  CLUSTER_UNREACHABLE: {
    title: "The cluster does not answer.",
    body: "Its data and snapshots are untouched. Check host, port, network and TLS, then try again.",
  },
  CLUSTER_AUTHENTICATION_FAILED: {
    title: "The cluster refuses this user or password.",
    body: "The server answers, so the address is right. Check user, password and authSource.",
  },
  CLUSTER_PRIVILEGE_MISSING: (params) => ({
    title: "The database user lacks privileges.",
    body: `The sign-in works. Missing: ${or(params.missing, "see the script for the user beside the form")}.`,
  }),
  CLUSTER_IS_MONGOS: {
    title: "This is a mongos, the router of a sharded cluster.",
    body: "Sharded clusters cannot be backed up yet. Give the address of a replica set or a single server.",
  },
  CONNECTION_STRING_INVALID: {
    title: "This is not a connection string.",
    body: "It begins with mongodb:// or mongodb+srv:// and names at least one host.",
  },
  CONNECTION_STRING_REFUSED: (params) => ({
    title: "This connection string is not accepted.",
    body: `${refusedPart(params)} Nothing was saved.`,
  }),
  CLUSTER_NOT_CONNECTED: {
    title: "The cluster is not connected.",
    body: "Connect it again on its page. Its snapshots are unharmed and can be restored into other clusters.",
  },
  CLUSTER_NOT_READY: {
    title: "The cluster is not ready.",
    body: "It is being created or terminated. Try again when it is idle.",
  },
  CLUSTER_VERSION_UNSUPPORTED: (params) => ({
    title: `MongoDB ${or(params.version, "of this version")} is not supported.`,
    body: "Versions 4.4 to 9.0 are. The cluster was not changed.",
  }),
  CLUSTER_SERVER_DIFFERS: (params) => ({
    title: "This connection string leads to another server.",
    body: `${or(params.clusterName, "The cluster")} would become ${or(params.hosts, "that server")}: snapshots would be taken of it, and restores would overwrite it. Nothing was changed.`,
  }),
  CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE: {
    title: "A restore into this cluster is running.",
    body: "It cannot be changed until the restore ends. The restore goes on.",
  },
  CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API: { title: "This is not a Flex cluster.", body: "Nothing was changed." },
  CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API: { title: "This is a Flex cluster.", body: "Nothing was changed." },
  INSUFFICIENT_INSTANCE_SIZE: {
    title: "The cluster's tier has no snapshots on demand.",
    body: "That needs M10 or larger. For M0, the Backup tab has the commands to dump it by hand.",
  },

  UNFINISHED_ON_DEMAND_SNAPSHOT: {
    title: "A snapshot of this cluster is already being taken.",
    body: "Wait for it to end, or cancel it. It goes on undisturbed.",
  },
  BACKUP_SNAPSHOT_RETENTION_VALUE_INVALID: {
    title: "This retention cannot be used.",
    body: "Choose a whole number of days, at least 1.",
  },
  CANNOT_DELETE_IN_PROGRESS_SNAPSHOT: {
    title: "The snapshot is still being taken.",
    body: "Cancel it first, or wait until it ends.",
  },
  CANNOT_DELETE_LAST_VERIFIED_SNAPSHOT: {
    title: "This is the last verified snapshot of the cluster.",
    body: "It stays until another one is verified. Verify a newer snapshot first.",
  },
  SNAPSHOT_NOT_COMPLETED: {
    title: "The snapshot is not complete.",
    body: "Only a completed snapshot can be used for this. Nothing was changed.",
  },
  SNAPSHOT_SOURCE_CHANGED: {
    title: "The cluster changed too much while it was read.",
    body: "No snapshot was stored, the cluster is untouched. Take it again.",
  },
  RUN_NOT_CANCELLABLE: {
    title: "It can no longer be cancelled.",
    body: "The run is past its commit point and only finishes what it began.",
  },
  RUN_CANCELLED: { title: "It was cancelled.", body: "Everything is as it was before it began." },
  RUN_LEASE_LOST: {
    title: "The worker lost the run.",
    body: "Another worker takes it over within 30 seconds. Nothing is lost.",
  },
  WORKER_STOPPING: {
    title: "The worker was stopped.",
    body: "Another worker goes on where it was; nothing is lost.",
  },

  CANNOT_RESTORE_TO_TARGET: {
    title: "You cannot restore into this cluster.",
    body: "It needs Project Owner, Project Backup Manager or Project Backup Recovery Operator in both projects.",
  },
  CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT: {
    title: "The snapshot is deleted.",
    body: "Choose another one. The destination is untouched.",
  },
  CANNOT_START_RESTORE_JOB_FOR_INCOMPLETE_CLUSTER_SNAPSHOT: {
    title: "The snapshot is not complete.",
    body: "Choose a completed one. The destination is untouched.",
  },
  ATLAS_CLUSTER_RESTORE_IN_PROGRESS: {
    title: "A restore into this server is already running.",
    body: "Wait until it ends. It goes on undisturbed.",
  },
  RESTORE_CHECK_FAILED: {
    title: "A check says no.",
    body: "The list of checks names the reason. The destination is untouched.",
  },
  RESTORE_NAME_MISMATCH: {
    title: "The name is not that of the destination.",
    body: "Type the destination cluster's name exactly. Nothing was started.",
  },
  RESTORE_ROLLED_BACK: {
    title: "The restore was put back.",
    body: "Its worker was lost before the commit point. The cluster is as it was, and writes are let in again.",
  },
  RESTORE_NOT_UNDONE: {
    title: "The restore stopped in the middle of the exchange.",
    body: "The cluster, or what the restore writes down, does not answer. It goes on by itself, and writes stay blocked until the cluster is wholly old or wholly new.",
  },
  RESTORE_ROOT_MISMATCH: {
    title: "What was read back is not what was wanted.",
    body: "The restored copy was discarded before it took the place of the old data. The destination is as it was.",
  },
  TENANT_RESTORE_VERSION_MISMATCH: {
    title: "The versions do not fit.",
    body: "A Flex snapshot needs a destination of the same version or a newer one. The destination is untouched.",
  },
  UNSUPPORTED_DELIVERY_METHOD: {
    title: "This way of delivery is not available.",
    body: "Restore to a cluster instead. Nothing was started.",
  },
  CANNOT_CANCEL_AUTOMATED_RESTORE: {
    title: "This restore cannot be cancelled any more.",
    body: "It is past its commit point and only finishes what it began.",
  },
  WRITE_BLOCK_NOT_OURS: {
    title: "Somebody else has blocked writes on the server.",
    body: "Holdfast never lifts a block that is not its own. Lift it there, then try again. Nothing was changed.",
  },
  WRITE_BLOCK_UNSUPPORTED: {
    title: "This server cannot block writes.",
    body: "Accept in the check list that clients may write meanwhile, or choose another destination.",
  },

  STORAGE_TARGET_NOT_FOUND: gone("storage target"),
  STORAGE_TARGET_ALREADY_EXISTS: {
    title: "The organization has a storage target of this name.",
    body: "Choose another name. Nothing was changed.",
  },
  STORAGE_TARGET_IN_USE: (params) => ({
    title: `${or(params.name, "This storage target")} is in use.`,
    body: `${usedBy(params)} Nothing was removed.`,
  }),
  STORAGE_ASSIGNMENT_EXISTS: (params) => ({
    title: "This place is assigned already.",
    body: `Its snapshots go to ${or(params.name, "another storage target")}. Take that assignment away first. Nothing was changed.`,
  }),
  STORAGE_LOCATION_REFUSED: (params) => ({
    title: "Storage cannot be there.",
    body:
      params.reason === "address"
        ? `${or(params.host, "The host")} is at ${or(params.address, "an address")}, which this installation does not connect to. Nothing was saved.`
        : "A folder must lie below one that the operator allows in HOLDFAST_STORAGE_FOLDERS. Nothing was saved.",
  }),
  STORAGE_TEST_FAILED: (params) => ({
    title: "The storage target did not pass its test.",
    body: `${sentence(or(params.detail, "One of its steps failed"))} Nothing was saved.`,
  }),

  BSON_INVALID: damaged("A document"),
  NODE_MISSING: damaged("A piece that the snapshot needs"),
  NODE_CORRUPT: damaged("A piece of the snapshot"),
  PACK_CORRUPT: damaged("A pack"),
  MANIFEST_NOT_FOUND: damaged("The manifest of the snapshot"),
  MANIFEST_CORRUPT: damaged("The manifest of the snapshot"),
  REPOSITORY_NOT_FOUND: {
    title: "The backup storage is not where it should be.",
    body: "Clusters are untouched. Let an operator check its location and that it is mounted.",
  },
  REPOSITORY_KEY_WRONG: {
    title: "The key does not open the backup storage.",
    body: "Clusters and storage are untouched. Start Holdfast with the key that belongs to it.",
  },
  REPOSITORY_HEADER_LOST: {
    title: "The header of the backup storage is lost or damaged.",
    body: "The snapshots are there. “holdfast repository mend” writes the header again from the wrapped keys.",
  },
  KEY_ENVELOPE_CORRUPT: damaged("The wrapped key in the storage"),
  REPOSITORY_OF_ANOTHER_ORGANIZATION: {
    title: "The backup storage belongs to another organization here.",
    body: "Nothing was changed. Adopt it in an installation that does not know the organization yet.",
  },
  REPOSITORY_ELSEWHERE: (params) => ({
    title: "This backup storage is here already, at another place.",
    body: `It lies at ${or(params.location, "another place")}. Nothing was changed; a copy is not adopted beside it.`,
  }),
  REPOSITORY_FORMAT_UNKNOWN: {
    title: "The backup storage was written by a newer Holdfast.",
    body: "It is untouched. Use that version or a later one.",
  },
  STORAGE_OBJECT_NOT_FOUND: damaged("An object"),
  STORAGE_OBJECT_EXISTS: {
    title: "The backup storage already has this object.",
    body: "Nothing was overwritten. Try again; if it comes back, let an operator look.",
  },
  STORAGE_UNAVAILABLE: {
    title: "The backup storage does not answer.",
    body: "Clusters and stored snapshots are untouched. Try again in a minute.",
  },
  STORAGE_READ_ONLY: {
    title: "The backup storage cannot be written.",
    body: "Stored snapshots can still be restored. Let an operator check its permissions.",
  },
  STORAGE_FULL: {
    title: "The backup storage is full.",
    body: "Stored snapshots are untouched. Free or add space, then try again.",
  },
  STORAGE_CREDENTIALS_WRONG: {
    title: "The backup storage does not accept the credentials.",
    body: "The key is unknown, wrong or expired. Stored snapshots are untouched. Enter the credentials again.",
  },
  STORAGE_ACCESS_DENIED: {
    title: "The backup storage does not allow this.",
    body: "It knows the credentials, but they lack a permission. docs/storage.md lists the ones that are needed.",
  },
  STORAGE_BUCKET_NOT_FOUND: {
    title: "The backup storage has no such bucket or container.",
    body: "Check its name and region, or create it. Holdfast does not create buckets.",
  },
  STORAGE_OBJECT_LOCKED: {
    title: "The object is locked.",
    body: "The storage keeps it until its lock ends, whoever asks. It was not changed.",
  },
  STORAGE_LOCK_UNSUPPORTED: {
    title: "This storage cannot lock objects.",
    body: "Nothing was stored. Use a bucket that was created with Object Lock, or store without locks.",
  },
  STORAGE_CLOCK_SKEW: {
    title: "The clocks differ too much.",
    body: "The backup storage refuses requests whose time is off. Set the clock of the machine that runs Holdfast.",
  },
  STORAGE_UNSUITABLE: {
    title: "This storage does not keep what it promises.",
    body: "A repository on it could be damaged, so it is not used. The test of the storage says what is wrong.",
  },
  STORAGE_REFUSED: (params) => ({
    title: "The backup storage refused a request.",
    body: `It said ${or(params.reason, "no reason")}. Stored snapshots are untouched. Check the storage's settings.`,
  }),

  NOT_IMPLEMENTED: { title: "Holdfast cannot do this yet.", body: "Nothing was changed." },
  INSTALLATION_KEY_WRONG: {
    title: "The installation key does not open its secrets.",
    body: "Nothing is lost. Start Holdfast with the key that it was set up with.",
  },
  DATABASE_UNAVAILABLE: {
    title: "Holdfast's own database does not answer.",
    body: "Clusters, snapshots and running restores are untouched. Try again in a minute.",
  },
  INTERNAL: {
    title: "Something went wrong on our side.",
    body: "Snapshots are untouched. Try again; if it comes back, quote the number beside this.",
  },
} satisfies Record<ErrorCode, Words>;

/** The words for a code; a code from a newer server gets those of INTERNAL. */
export function wordsFor(code: string, params: ErrorWordParams = {}): ErrorWords {
  const words: Words = Object.hasOwn(ERROR_WORDS, code) ? ERROR_WORDS[code as ErrorCode] : ERROR_WORDS.INTERNAL;
  return typeof words === "function" ? words(params) : words;
}

/** The words for an error as a row keeps it: the server's own message where it says more than the code. */
export function storedWords(error: { code: string; message: string | null }): ErrorWords {
  const words = wordsFor(error.code);
  return error.message === null || error.message === error.code ? words : { ...words, body: sentence(error.message) };
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}`;
}
