import type { ErrorCode, ErrorKind } from "@/server/platform/errors/codes";

/** How the Admin API answers a code: its status, the sentence, and which of the error's params fill {0}, {1}, … */
export interface AtlasErrorRow {
  status: number;
  detail: string;
  params?: readonly string[];
  /** The Admin API's name for the case, where it is not ours. */
  sentAs?: string;
}

/** Codes that only this API knows. */
const REST_ERRORS = {
  UNAUTHENTICATED: { status: 401, detail: "You are not authorized for this resource.", sentAs: "UNEXPECTED_ERROR" },
  UNEXPECTED_ERROR: { status: 500, detail: "Unexpected error." },
  SERVICE_UNAVAILABLE: { status: 503, detail: "The service cannot answer now. Try again later." },
  INVALID_VERSION_DATE: { status: 406, detail: "Invalid accept header or version date." },
  METHOD_NOT_ALLOWED: { status: 405, detail: "Method {0} is not allowed for this resource." },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, detail: "The content type {0} is not supported." },
  REQUEST_TOO_LARGE: { status: 413, detail: "The request body is larger than {0} bytes." },
  MALFORMED_JSON: { status: 400, detail: "Received JSON is malformed." },
  INVALID_JSON: { status: 400, detail: "Received JSON does not match the expected format." },
  INVALID_PATH_PARAMETER: { status: 400, detail: "The path parameter {0} has an invalid value." },
  INVALID_QUERY_PARAMETER: { status: 400, detail: "The query parameter {0} has an invalid value." },
  INVALID_ENUM_VALUE: { status: 400, detail: "An invalid enumeration value {1} was specified for {0}." },
  RATE_LIMITED_TOKEN_BUCKET: {
    status: 429,
    detail: "Rate limit exceeded for {0}. Try again in {1} seconds (capacity {2}, refilled with {3} each {4} seconds).",
  },
  FEATURE_UNSUPPORTED: { status: 403, detail: "The feature {0} is not supported." },
  INVALID_SNAPSHOT_ID: { status: 404, detail: "The snapshot identifier {0} is not valid." },
  INVALID_JOB_ID: { status: 404, detail: "The restore job identifier {0} is not valid." },
  TENANT_SNAPSHOT_NOT_FOUND: { status: 404, detail: "No snapshot with ID {0} exists for this cluster." },
  TENANT_RESTORE_NOT_FOUND: { status: 404, detail: "No restore job with ID {0} exists for this cluster." },
} as const satisfies Record<string, AtlasErrorRow>;

/** Codes of DomainError whose status, sentence or name differs from what their kind gives. */
const DOMAIN_ERRORS = {
  SIGNED_OUT: { status: 401, detail: "You are not authorized for this resource.", sentAs: "UNEXPECTED_ERROR" },
  USER_UNAUTHORIZED: { status: 401, detail: "Current user is not authorized to perform this action." },
  RESOURCE_NOT_FOUND: { status: 404, detail: "Cannot find resource {0}.", params: ["resource"] },
  ORG_NOT_FOUND: { status: 404, detail: "No organization with ID {0} exists.", params: ["orgId"] },
  GROUP_NOT_FOUND: { status: 404, detail: "No group with ID {0} exists.", params: ["groupId"] },
  CLUSTER_NOT_FOUND: {
    status: 404,
    detail: "No cluster named {0} exists in group {1}.",
    params: ["clusterName", "groupId"],
  },
  SNAPSHOT_NOT_FOUND: { status: 404, detail: "No snapshot with ID {0} exists.", params: ["snapshotId"] },
  RESTORE_JOB_NOT_FOUND: { status: 404, detail: "No restore job with ID {0} exists.", params: ["restoreJobId"] },
  VALIDATION_ERROR: { status: 400, detail: "The request is not valid." },
  INVALID_ATTRIBUTE: { status: 400, detail: "Invalid attribute {0} specified.", params: ["attribute"] },
  MISSING_ATTRIBUTE: {
    status: 400,
    detail: "The required attribute {0} was not specified.",
    params: ["attribute"],
  },
  GROUP_ALREADY_EXISTS: { status: 409, detail: "A group with name {0} already exists.", params: ["name"] },
  CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS: {
    status: 409,
    detail: "Cannot close group while it has active clusters; delete them first.",
  },
  DUPLICATE_CLUSTER_NAME: {
    status: 400,
    detail: "A cluster named {0} is already present in group {1}.",
    params: ["clusterName", "groupId"],
  },
  CLUSTER_UNREACHABLE: { status: 503, detail: "The cluster does not answer." },
  CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE: {
    status: 400,
    detail: "The cluster is being restored and cannot be changed now.",
  },
  CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API: {
    status: 400,
    detail: "Cluster {0} in group {1} is not a flex cluster and cannot be used in the flex API.",
    params: ["clusterName", "groupId"],
  },
  CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API: {
    status: 400,
    detail: "Flex cluster {0} in group {1} cannot be used in the cluster API.",
    params: ["clusterName", "groupId"],
  },
  INSUFFICIENT_INSTANCE_SIZE: { status: 400, detail: "The cluster's instance size does not offer this feature." },
  UNFINISHED_ON_DEMAND_SNAPSHOT: {
    status: 400,
    detail: "An on-demand snapshot of this cluster is already queued or in progress.",
  },
  BACKUP_SNAPSHOT_RETENTION_VALUE_INVALID: { status: 400, detail: "The retention of a snapshot is at least one day." },
  CANNOT_DELETE_IN_PROGRESS_SNAPSHOT: { status: 400, detail: "Cannot delete a snapshot that is in progress." },
  CANNOT_DELETE_LAST_VERIFIED_SNAPSHOT: {
    status: 409,
    detail: "Cannot delete the last verified snapshot of a cluster.",
  },
  SNAPSHOT_NOT_COMPLETED: { status: 409, detail: "The snapshot is not completed." },
  CANNOT_RESTORE_TO_TARGET: { status: 403, detail: "The snapshot cannot be restored to the target cluster." },
  RESTORE_CHECK_FAILED: {
    status: 403,
    detail: "The snapshot cannot be restored to the target cluster.",
    sentAs: "CANNOT_RESTORE_TO_TARGET",
  },
  WRITE_BLOCK_UNSUPPORTED: {
    status: 400,
    detail: "The target's server cannot block writes; accept that with holdfast.acceptUnblocked.",
  },
  CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT: {
    status: 409,
    detail: "Cannot start a restore job for a deleted snapshot.",
  },
  CANNOT_START_RESTORE_JOB_FOR_INCOMPLETE_CLUSTER_SNAPSHOT: {
    status: 409,
    detail: "Cannot start a restore job for a snapshot that is not completed.",
  },
  ATLAS_CLUSTER_RESTORE_IN_PROGRESS: {
    status: 409,
    detail: "The target cluster already has a restore in progress.",
  },
  UNSUPPORTED_DELIVERY_METHOD: { status: 400, detail: "The delivery method {0} is not supported.", params: ["method"] },
  CANNOT_CANCEL_AUTOMATED_RESTORE: { status: 400, detail: "Cannot cancel an automated restore job." },
  RATE_LIMITED: { status: 429, detail: "Too many requests. Try again later.", sentAs: "RATE_LIMITED_TOKEN_BUCKET" },
} as const satisfies Partial<Record<ErrorCode, AtlasErrorRow>>;

export const ATLAS_ERRORS = { ...REST_ERRORS, ...DOMAIN_ERRORS };

/** What a DomainError without a row of its own says; its status is its kind's. */
export const KIND_DETAILS = {
  invalid: "The request cannot be carried out as it is.",
  signedOut: "You are not authorized for this resource.",
  forbidden: "This is not allowed.",
  notFound: "Cannot find the resource.",
  conflict: "The state of the resource does not allow this.",
  limited: "Too many requests. Try again later.",
  unavailable: null,
  corrupt: null,
  internal: null,
} as const satisfies Record<ErrorKind, string | null>;
