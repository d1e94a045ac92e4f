import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  challenge,
  checkNonce,
  createNonce,
  isResponseRight,
  isUriRequested,
  NONCE_LIFETIME_MS,
  parseDigest,
} from "./digest";

const key = Buffer.alloc(32, 7);
const now = new Date("2026-08-10T03:28:08Z");
const md5 = (text: string) => createHash("md5").update(text).digest("hex");

/** A header as Go's, curl's and Python's clients write it. */
function header(changes: Record<string, string | null> = {}): string {
  const fields: Record<string, string | null> = {
    username: '"abcdefgh"',
    realm: '"MMS Public API"',
    nonce: '"n"',
    uri: '"/api/atlas/v2/groups?pageNum=1"',
    algorithm: "MD5",
    response: `"${"0".repeat(32)}"`,
    qop: "auth",
    nc: "00000001",
    cnonce: '"c"',
    ...changes,
  };
  const pairs = Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
  return `Digest ${pairs.join(", ")}`;
}

it("writes the challenge exactly as the Go client's parser wants it", () => {
  expect(challenge("abc", false)).toBe(
    'Digest realm="MMS Public API", domain="", nonce="abc", algorithm=MD5, qop="auth", stale=false',
  );
});

describe("parseDigest", () => {
  it("reads quoted and bare values", () => {
    expect(parseDigest(header())).toMatchObject({ username: "abcdefgh", nc: "00000001", qop: "auth", cnonce: "c" });
    expect(parseDigest(header({ qop: '"auth"', algorithm: '"MD5"' }))).toMatchObject({ qop: "auth" });
    expect(parseDigest(header({ algorithm: null }))).toMatchObject({ algorithm: "MD5" });
    expect(parseDigest(header({ opaque: '""' }))).toMatchObject({ nonce: "n" });
    expect(parseDigest(header({ cnonce: '"a\\"b, c=d"' }))).toMatchObject({ cnonce: 'a"b, c=d' });
  });

  it.each<[string, string | null]>([
    ["no header", null],
    ["another scheme", "Basic YTpi"],
    ["another realm", header({ realm: '"other"' })],
    ["auth-int", header({ qop: "auth-int" })],
    ["no qop", header({ qop: null })],
    ["an algorithm that was not offered", header({ algorithm: "SHA-256" })],
    ["no counter", header({ nc: null })],
    ["a malformed counter", header({ nc: "1" })],
    ["a malformed response", header({ response: '"xyz"' })],
    ["no user", header({ username: '""' })],
    ["an unclosed quote", 'Digest username="abc'],
    ["a field that is named twice", `${header()}, nonce="other"`],
  ])("refuses %s", (_, value) => {
    expect(parseDigest(value)).toBeNull();
  });
});

describe("isResponseRight", () => {
  const credentials = (changes: Record<string, string | null>) => parseDigest(header(changes))!;

  it("agrees with the vector of RFC 2617, 3.5", () => {
    const ha1 = md5("Mufasa:testrealm@host.com:Circle Of Life");
    expect(ha1).toBe("939e7578ed9e3c518a452acee763bce9");
    const vector = {
      ...credentials({}),
      nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
      uri: "/dir/index.html",
      cnonce: "0a4f113b",
      response: "6629fae49393a05397450978507c4ef1",
    };
    expect(isResponseRight(vector, ha1, "GET")).toBe(true);
    expect(isResponseRight(vector, ha1, "POST")).toBe(false);
    expect(isResponseRight({ ...vector, uri: "/dir/other.html" }, ha1, "GET")).toBe(false);
    expect(isResponseRight({ ...vector, nc: "00000002" }, ha1, "GET")).toBe(false);
  });
});

describe("isUriRequested", () => {
  const requested = "http://127.0.0.1:7717/api/atlas/v2/groups/byName/a%2Fb?pretty=true&name=a%20b";

  it.each([
    "/api/atlas/v2/groups/byName/a%2Fb?pretty=true&name=a%20b",
    "http://127.0.0.1:7717/api/atlas/v2/groups/byName/a%2Fb?pretty=true&name=a%20b",
  ])("accepts %s", (uri) => expect(isUriRequested(uri, requested)).toBe(true));

  it.each([
    "/api/atlas/v2/groups/byName/a%2Fb",
    "/api/atlas/v2/groups/byName/a/b?pretty=true&name=a%20b",
    "/api/atlas/v2/groups/byName/a%2Fb?pretty=false&name=a%20b",
    "/api/atlas/v2/orgs?pretty=true&name=a%20b",
    "http://[/",
  ])("refuses %s", (uri) => expect(isUriRequested(uri, requested)).toBe(false));
});

describe("nonces", () => {
  it("are ours, fresh and then expired", () => {
    const nonce = createNonce(key, now);
    const after = (ms: number) => new Date(now.getTime() + ms);
    expect(checkNonce(nonce, key, now)).toEqual({ state: "fresh", expiresAt: after(NONCE_LIFETIME_MS) });
    expect(checkNonce(nonce, key, after(NONCE_LIFETIME_MS - 1)).state).toBe("fresh");
    expect(checkNonce(nonce, key, after(NONCE_LIFETIME_MS)).state).toBe("expired");
  });

  it("are never the same twice", () => {
    const nonces = new Set(Array.from({ length: 1000 }, () => createNonce(key, now)));
    expect(nonces.size).toBe(1000);
  });

  it("cannot be made without the key, nor made younger", () => {
    const nonce = createNonce(key, now);
    expect(checkNonce(createNonce(Buffer.alloc(32, 8), now), key, now).state).toBe("foreign");
    const [, random, mark] = nonce.split(".");
    const younger = `${(now.getTime() + 60_000).toString(36)}.${random}.${mark}`;
    expect(checkNonce(younger, key, now).state).toBe("foreign");
    expect(checkNonce("made-up", key, now).state).toBe("foreign");
  });
});
