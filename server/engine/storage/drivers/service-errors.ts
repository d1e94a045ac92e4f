import type { ErrorCode } from "@/server/platform/errors/codes";
import { DomainError } from "@/server/platform/errors/domain-error";
import { errorCode } from "./filesystem-errors";

/** What a service said, or that it said nothing. */
export interface Refusal {
  /** The HTTP status, null when there was no answer. */
  readonly status: number | null;
  /** The service's own code ("SlowDown"), or that of the network ("ECONNREFUSED"). */
  readonly reason: string;
}

const CLOCK_SKEW_MS_SUSPICIOUS = 5 * 60_000;

/** What a status means where the service's code says nothing that we know. */
function meaningOfStatus(status: number | null): ErrorCode {
  if (status === null || status >= 500 || status === 408 || status === 429) {
    return status === 507 ? "STORAGE_FULL" : "STORAGE_UNAVAILABLE";
  }
  if (status === 401) return "STORAGE_CREDENTIALS_WRONG";
  return status === 403 ? "STORAGE_ACCESS_DENIED" : "STORAGE_REFUSED";
}

/**
 * A service's refusal as the engine's error. The SDK's own error is left out on purpose, also as cause: it holds
 * headers, signatures and addresses with tokens, and causes are logged. `meanings` maps the service's codes.
 */
export function refusalError(
  { status, reason }: Refusal,
  name: string,
  meanings: Record<string, ErrorCode>,
): DomainError {
  const code = Object.hasOwn(meanings, reason) ? meanings[reason]! : meaningOfStatus(status);
  const message = `${reason}${status === null ? "" : ` (${status})`} on ${name || "a list"}`;
  return new DomainError(code, { message, params: { name, reason, status } });
}

/** Codes of Node's sockets, of TLS ("CERT_HAS_EXPIRED", "UNABLE_TO_VERIFY_LEAF_SIGNATURE") and of its HTTP parser. */
const NETWORK = /^(E(?!RR_)|ERR_(TLS|SSL|STREAM|HTTP|SOCKET)_|HPE_)[A-Z0-9_]+$|CERT|LEAF_SIGNATURE|ISSUER/;

/** The network's code of an error that came without an answer ("ECONNRESET"), null when it is no such error. */
export function networkReason(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    const code = errorCode(at);
    if (code !== null && NETWORK.test(code)) return code;
    if (at.name === "TimeoutError" || at.name === "AbortError") return at.name;
  }
  return null;
}

/** Services that refuse a signature for its age often say no more than "authentication failed": their clock tells. */
export function isClockSuspicious(serverTime: Date | null): boolean {
  return serverTime !== null && Math.abs(new Date().getTime() - serverTime.getTime()) > CLOCK_SKEW_MS_SUSPICIOUS;
}
