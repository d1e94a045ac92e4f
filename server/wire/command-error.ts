/** Names of MongoDB's error codes, as its `codeName` field spells them (error_codes.yml of the server). */
export const CODE_NAMES = {
  1: "InternalError",
  2: "BadValue",
  5: "GraphContainsCycle",
  6: "HostUnreachable",
  7: "HostNotFound",
  9: "FailedToParse",
  11: "UserNotFound",
  13: "Unauthorized",
  14: "TypeMismatch",
  15: "Overflow",
  16: "InvalidLength",
  17: "ProtocolError",
  18: "AuthenticationFailed",
  20: "IllegalOperation",
  21: "EmptyArrayOperation",
  22: "InvalidBSON",
  24: "LockTimeout",
  26: "NamespaceNotFound",
  27: "IndexNotFound",
  28: "PathNotViable",
  31: "RoleNotFound",
  40: "ConflictingUpdateOperators",
  43: "CursorNotFound",
  48: "NamespaceExists",
  50: "MaxTimeMSExpired",
  51: "UserAlreadyExists_DEPRECATED",
  52: "DollarPrefixedFieldName",
  53: "InvalidIdField",
  54: "NotSingleValueField",
  55: "InvalidDBRef",
  56: "EmptyFieldName",
  57: "DottedFieldName",
  59: "CommandNotFound",
  64: "WriteConcernTimeout",
  65: "MultipleErrorsOccurred",
  66: "ImmutableField",
  67: "CannotCreateIndex",
  68: "IndexAlreadyExists",
  72: "InvalidOptions",
  73: "InvalidNamespace",
  76: "NoReplicationEnabled",
  79: "UnknownReplWriteConcern",
  85: "IndexOptionsConflict",
  86: "IndexKeySpecsConflict",
  89: "NetworkTimeout",
  91: "ShutdownInProgress",
  94: "NotYetInitialized",
  96: "OperationFailed",
  100: "UnsatisfiableWriteConcern",
  107: "LockBusy",
  112: "WriteConflict",
  115: "CommandNotSupported",
  117: "ConflictingOperationInProgress",
  121: "DocumentValidationFailure",
  123: "NotAReplicaSet",
  136: "CappedPositionLost",
  143: "CursorInUse",
  146: "ExceededMemoryLimit",
  158: "ValueNotSupported",
  159: "DocumentTooLargeForCapped",
  165: "ViewDepthLimitExceeded",
  166: "CommandNotSupportedOnView",
  167: "OptionNotSupportedOnView",
  168: "InvalidPipelineOperator",
  175: "QueryPlanKilled",
  181: "AmbiguousIndexKeyPattern",
  182: "InvalidViewDefinition",
  189: "PrimarySteppedDown",
  197: "InvalidIndexSpecificationOption",
  206: "NoSuchSession",
  211: "KeyNotFound",
  217: "IncompleteTransactionHistory",
  218: "UpdateOperationFailed",
  222: "CloseChangeStream",
  224: "QueryFeatureNotAllowed",
  225: "TransactionTooOld",
  234: "RetryChangeStream",
  237: "CursorKilled",
  238: "NotImplemented",
  239: "SnapshotTooOld",
  241: "ConversionFailure",
  246: "SnapshotUnavailable",
  250: "StaleChunkHistory",
  251: "NoSuchTransaction",
  256: "TransactionCommitted",
  257: "TransactionTooLarge",
  260: "InvalidResumeToken",
  262: "ExceededTimeLimit",
  263: "OperationNotSupportedInTransaction",
  276: "IndexBuildAborted",
  280: "ChangeStreamFatalError",
  285: "IndexBuildAlreadyInProgress",
  286: "ChangeStreamHistoryLost",
  290: "TransactionExceededLifetimeLimitSeconds",
  291: "NoQueryExecutionPlans",
  292: "QueryExceededMemoryLimitNoDiskUseAllowed",
  303: "APIMismatchError",
  322: "APIVersionError",
  323: "APIStrictError",
  324: "APIDeprecationError",
  332: "CannotDowngrade",
  334: "MechanismUnavailable",
  352: "UnsupportedOpQueryCommand",
  359: "CannotConvertIndexToUnique",
  361: "CollectionUUIDMismatch",
  371: "UserWritesBlocked",
  400: "CannotUpgrade",
  9001: "SocketException",
  10003: "CannotGrowDocumentInCappedNamespace",
  10107: "NotWritablePrimary",
  10334: "BSONObjectTooLarge",
  11000: "DuplicateKey",
  11600: "InterruptedAtShutdown",
  11601: "Interrupted",
  11602: "InterruptedDueToReplStateChange",
  13388: "StaleConfig",
  13435: "NotPrimaryNoSecondaryOk",
  13436: "NotPrimaryOrSecondary",
  17280: "KeyTooLong",
  31082: "SearchNotEnabled",
  40414: "IDLFailedToParse",
  40415: "IDLUnknownField",
} as const satisfies Record<number, string>;

/** The `codeName` of a code; servers answer `Location<code>` for codes without a name. */
export function codeNameOf(code: number): string {
  return (CODE_NAMES as Record<number, string>)[code] ?? `Location${code}`;
}

/**
 * What a command answers instead of a result: `{ok: 0, code, codeName, errmsg}`, or one entry of `writeErrors`.
 * `extra` is copied beside the code (keyPattern, keyValue, errInfo), `labels` become `errorLabels`.
 */
export class CommandError extends Error {
  readonly code: number;
  readonly codeName: string;
  readonly extra: Record<string, unknown>;
  readonly labels: string[] = [];
  /** The labels are final: a fail point said which ones the client is to see. */
  labelsGiven = false;

  constructor(code: number, codeName: string | undefined, message: string, extra: Record<string, unknown> = {}) {
    super(message);
    this.name = "CommandError";
    this.code = code;
    this.codeName = codeName ?? codeNameOf(code);
    this.extra = extra;
  }
}

/** Makes a CommandError whose name comes from the table. */
export function commandError(code: number, message: string, extra?: Record<string, unknown>): CommandError {
  return new CommandError(code, undefined, message, extra);
}
