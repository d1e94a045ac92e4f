import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { ADMIN_API_REALM as REALM } from "@/server/auth/api-key-secret";

/**
 * HTTP digest authentication (RFC 7616, MD5, qop=auth) as the Admin API's clients speak it. Pure: keys, nonce records
 * and the clock are the caller's (authenticate.ts).
 *
 * The challenge's form is fixed to the byte: the Go client's parser stops at parameters that it does not know, at a
 * second qop and at a comma without a space.
 */
/** How long a nonce may be used. */
export const NONCE_LIFETIME_MS = 5 * 60_000;

export interface DigestCredentials {
  username: string;
  realm: string;
  nonce: string;
  uri: string;
  response: string;
  /** The request counter, as the eight hex digits that were sent. */
  nc: string;
  cnonce: string;
  qop: string;
  algorithm: string;
}

/** The value of WWW-Authenticate. */
export function challenge(nonce: string, stale: boolean): string {
  return `Digest realm="${REALM}", domain="", nonce="${nonce}", algorithm=MD5, qop="auth", stale=${stale}`;
}

/** The credentials in an Authorization header, or null where it is not a complete digest of the kind we offered. */
export function parseDigest(header: string | null): DigestCredentials | null {
  if (!header || !/^digest\s/i.test(header)) return null;
  const fields = parseFields(header.slice(7));
  if (!fields) return null;
  const credentials: DigestCredentials = {
    username: fields.get("username") ?? "",
    realm: fields.get("realm") ?? "",
    nonce: fields.get("nonce") ?? "",
    uri: fields.get("uri") ?? "",
    response: (fields.get("response") ?? "").toLowerCase(),
    nc: fields.get("nc") ?? "",
    cnonce: fields.get("cnonce") ?? "",
    qop: fields.get("qop") ?? "",
    algorithm: fields.get("algorithm") ?? "MD5",
  };
  const complete =
    credentials.username !== "" &&
    credentials.realm === REALM &&
    credentials.nonce !== "" &&
    credentials.uri !== "" &&
    credentials.cnonce !== "" &&
    credentials.qop === "auth" &&
    credentials.algorithm.toUpperCase() === "MD5" &&
    /^[0-9a-f]{8}$/i.test(credentials.nc) &&
    /^[0-9a-f]{32}$/.test(credentials.response);
  return complete ? credentials : null;
}

/** The comma-separated name=value pairs; null where the header is malformed or names a field twice. */
function parseFields(text: string): Map<string, string> | null {
  const fields = new Map<string, string>();
  const pair = /\s*([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/giy;
  while (pair.lastIndex < text.length) {
    const match = pair.exec(text);
    if (!match) return null;
    const name = match[1]!.toLowerCase();
    if (fields.has(name)) return null;
    fields.set(name, match[2] === undefined ? match[3]! : match[2].replace(/\\(.)/g, "$1"));
  }
  return fields;
}

/** True when the response was made with the key behind `ha1`, for this method and for the uri that it names. */
export function isResponseRight(credentials: DigestCredentials, ha1: string, method: string): boolean {
  const { nonce, nc, cnonce, qop, uri } = credentials;
  const expected = md5(`${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${md5(`${method}:${uri}`)}`);
  return timingSafeEqual(Buffer.from(expected), Buffer.from(credentials.response));
}

/** True when the digest's uri is the path and query that were requested. */
export function isUriRequested(uri: string, requestUrl: string): boolean {
  const requested = new URL(requestUrl);
  try {
    const named = new URL(uri, requested);
    return named.pathname === requested.pathname && named.search === requested.search;
  } catch {
    return false;
  }
}

/** A nonce that carries its time and our mark, so that a challenge needs no row: time.random.hmac */
export function createNonce(key: Buffer, now: Date): string {
  const content = `${now.getTime().toString(36)}.${randomBytes(12).toString("base64url")}`;
  return `${content}.${mark(key, content)}`;
}

/** Whether a nonce is ours, and still young enough; `expiresAt` bounds how long its use must be remembered. */
export function checkNonce(
  nonce: string,
  key: Buffer,
  now: Date,
): { state: "foreign" } | { state: "fresh" | "expired"; expiresAt: Date } {
  const match = /^([0-9a-z]{1,11})\.([\w-]{16})\.([\w-]{22})$/.exec(nonce);
  if (!match) return { state: "foreign" };
  const wanted = mark(key, `${match[1]}.${match[2]}`);
  if (!timingSafeEqual(Buffer.from(wanted), Buffer.from(match[3]!))) return { state: "foreign" };
  const expiresAt = new Date(parseInt(match[1]!, 36) + NONCE_LIFETIME_MS);
  return { state: now < expiresAt ? "fresh" : "expired", expiresAt };
}

function mark(key: Buffer, content: string): string {
  return createHmac("sha256", key).update(`digest-nonce:${content}`).digest().subarray(0, 16).toString("base64url");
}

function md5(text: string): string {
  return createHash("md5").update(text, "utf8").digest("hex");
}
