import { ERROR_KINDS, type ErrorCode, type ErrorKind } from "./codes";

/** What a job does with an error: `done` means nothing is left to do, the others end or repeat the run. */
export type JobOutcome = "fail" | "done" | "retryLater" | "retryWithBackoff" | "failAndAlert";

export interface KindRules {
  readonly trpc:
    | "BAD_REQUEST"
    | "UNAUTHORIZED"
    | "FORBIDDEN"
    | "NOT_FOUND"
    | "CONFLICT"
    | "TOO_MANY_REQUESTS"
    | "SERVICE_UNAVAILABLE"
    | "INTERNAL_SERVER_ERROR";
  readonly http: 400 | 401 | 403 | 404 | 409 | 429 | 500 | 503;
  readonly log: "info" | "warn" | "error";
  readonly job: JobOutcome;
}

/** The kind of an error decides everything else about it, in this table and nowhere else. */
export const KIND_RULES = {
  invalid: { trpc: "BAD_REQUEST", http: 400, log: "warn", job: "fail" },
  signedOut: { trpc: "UNAUTHORIZED", http: 401, log: "info", job: "fail" },
  forbidden: { trpc: "FORBIDDEN", http: 403, log: "warn", job: "fail" },
  notFound: { trpc: "NOT_FOUND", http: 404, log: "info", job: "done" },
  conflict: { trpc: "CONFLICT", http: 409, log: "warn", job: "fail" },
  limited: { trpc: "TOO_MANY_REQUESTS", http: 429, log: "warn", job: "retryLater" },
  unavailable: { trpc: "SERVICE_UNAVAILABLE", http: 503, log: "error", job: "retryWithBackoff" },
  corrupt: { trpc: "INTERNAL_SERVER_ERROR", http: 500, log: "error", job: "failAndAlert" },
  internal: { trpc: "INTERNAL_SERVER_ERROR", http: 500, log: "error", job: "failAndAlert" },
} as const satisfies Record<ErrorKind, KindRules>;

/** The rules for a code, through its kind. */
export function rulesFor(code: ErrorCode): KindRules {
  return KIND_RULES[ERROR_KINDS[code]];
}
