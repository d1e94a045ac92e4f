import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";

/**
 * The code with which S3 refuses a request's signature, or null when it is right: version 4 in the Authorization header
 * (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
export function refuseSignature(
  request: IncomingMessage,
  body: Buffer,
  user: { id: string; secret: string },
): string | null {
  const header = request.headers.authorization;
  if (!header) return "AccessDenied";
  const parts = /Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)/.exec(
    header,
  );
  if (!parts) return "AuthorizationHeaderMalformed";
  // A match has all its groups, which its type leaves open.
  const [, id, day, region, signedHeaders, signature] = parts as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if (id !== user.id) return "InvalidAccessKeyId";
  const stated = one(request, "x-amz-content-sha256");
  if (stated !== "UNSIGNED-PAYLOAD" && stated !== hash(body)) return "XAmzContentSHA256Mismatch";

  const url = new URL(request.url ?? "", "http://fake");
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const headers = signedHeaders.split(";").map((name) => `${name}:${one(request, name).trim()}\n`);
  const canonical = [request.method, url.pathname, query.join("&"), headers.join(""), signedHeaders, stated].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", one(request, "x-amz-date"), scope, hash(canonical)].join("\n");
  const key = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(sign, `AWS4${user.secret}`);
  return sign(key, toSign).toString("hex") === signature ? null : "SignatureDoesNotMatch";
}

function one(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}

function hash(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function sign(key: string | Buffer, content: string): Buffer {
  return createHmac("sha256", key).update(content).digest();
}

function encode(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
