import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { fixedClock } from "@/server/platform/clock";
import { DigestAuthenticator, type DigestStore } from "./authenticate";
import { NONCE_LIFETIME_MS } from "./digest";

const md5 = (text: string) => createHash("md5").update(text).digest("hex");
const digestHa1 = (publicKey: string, privateKey: string) => md5(`${publicKey}:MMS Public API:${privateKey}`);
const ha1 = digestHa1("abcdefgh", "private");
const url = "http://127.0.0.1:7717/api/atlas/v2/groups?pageNum=1";

class MemoryDigestStore implements DigestStore {
  readonly used = new Map<string, number>();

  findKey(publicKey: string) {
    return Promise.resolve(publicKey === "abcdefgh" ? { id: "key", ha1 } : null);
  }

  useNonce(nonce: string, counter: number) {
    if ((this.used.get(nonce) ?? 0) >= counter) return Promise.resolve(false);
    this.used.set(nonce, counter);
    return Promise.resolve(true);
  }
}

interface Sent {
  method?: string;
  url?: string;
  uri?: string;
  nc?: string;
  username?: string;
  key?: string;
  nonce: string;
}

/** A request as a client with the private key makes it, except where told otherwise. */
function signed(sent: Sent): Request {
  const { method = "GET", uri = "/api/atlas/v2/groups?pageNum=1", nc = "00000001", username = "abcdefgh" } = sent;
  const response = md5(`${sent.key ?? ha1}:${sent.nonce}:${nc}:cnonce:auth:${md5(`${method}:${uri}`)}`);
  const authorization =
    `Digest username="${username}", realm="MMS Public API", nonce="${sent.nonce}", uri="${uri}", ` +
    `response="${response}", algorithm=MD5, cnonce="cnonce", qop=auth, nc=${nc}`;
  return new Request(sent.url ?? url, { method, headers: { authorization } });
}

describe("DigestAuthenticator", () => {
  let store: MemoryDigestStore;
  let clock: ReturnType<typeof fixedClock>;
  let authenticator: DigestAuthenticator;

  beforeEach(() => {
    store = new MemoryDigestStore();
    clock = fixedClock(new Date("2026-08-10T03:28:08Z"));
    authenticator = new DigestAuthenticator(store, () => Buffer.alloc(32, 1), clock);
  });

  async function freshNonce(): Promise<string> {
    const answer = await authenticator.authenticate(new Request(url));
    if (answer.kind !== "challenged") throw new Error("expected a challenge");
    return /nonce="([^"]+)"/.exec(answer.wwwAuthenticate)![1]!;
  }

  it("challenges a request without credentials, and counts it as no attempt", async () => {
    const answer = await authenticator.authenticate(new Request(url));
    expect(answer).toMatchObject({ kind: "challenged", attempted: false });
    expect(answer).toHaveProperty("wwwAuthenticate", expect.stringMatching(/stale=false$/));
  });

  it("lets in who has the private key", async () => {
    const answer = await authenticator.authenticate(signed({ nonce: await freshNonce() }));
    expect(answer).toEqual({ kind: "authenticated", keyId: "key" });
  });

  it("refuses a replayed request, and an earlier counter of the same nonce", async () => {
    const nonce = await freshNonce();
    expect((await authenticator.authenticate(signed({ nonce, nc: "00000002" }))).kind).toBe("authenticated");
    for (const nc of ["00000002", "00000001"]) {
      const answer = await authenticator.authenticate(signed({ nonce, nc }));
      expect(answer).toMatchObject({ kind: "challenged", attempted: false });
      expect(answer).toHaveProperty("wwwAuthenticate", expect.stringMatching(/stale=true$/));
    }
    expect((await authenticator.authenticate(signed({ nonce, nc: "00000003" }))).kind).toBe("authenticated");
  });

  it("lets in one of two equal requests that come at once", async () => {
    const nonce = await freshNonce();
    const answers = await Promise.all([1, 2].map(() => authenticator.authenticate(signed({ nonce }))));
    expect(answers.map((answer) => answer.kind).sort()).toEqual(["authenticated", "challenged"]);
  });

  it("asks again, as stale, when the nonce is too old", async () => {
    const nonce = await freshNonce();
    clock.advance(NONCE_LIFETIME_MS);
    const answer = await authenticator.authenticate(signed({ nonce }));
    expect(answer).toHaveProperty("wwwAuthenticate", expect.stringMatching(/stale=true$/));
    expect(store.used.size).toBe(0);
  });

  it.each<[string, Partial<Sent>]>([
    ["another private key", { key: digestHa1("abcdefgh", "guess") }],
    ["an unknown public key", { username: "zzzzzzzz" }],
    ["a digest for another path", { uri: "/api/atlas/v2/orgs?pageNum=1" }],
    ["a digest for another query", { uri: "/api/atlas/v2/groups?pageNum=2" }],
    ["a digest without the query", { uri: "/api/atlas/v2/groups" }],
    ["a nonce of somebody else's", { nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093" }],
  ])("refuses %s, and spends no nonce on it", async (_, changes) => {
    const answer = await authenticator.authenticate(signed({ nonce: await freshNonce(), ...changes }));
    expect(answer).toMatchObject({ kind: "challenged", attempted: true });
    expect(store.used.size).toBe(0);
  });

  it("refuses a digest that was made for another method", async () => {
    const request = signed({ nonce: await freshNonce(), method: "GET" });
    const other = new Request(url, { method: "DELETE", headers: request.headers });
    expect(await authenticator.authenticate(other)).toMatchObject({ kind: "challenged", attempted: true });
  });

  it("does not take another scheme for credentials", async () => {
    const request = new Request(url, { headers: { authorization: "Bearer abc" } });
    expect(await authenticator.authenticate(request)).toMatchObject({ kind: "challenged", attempted: true });
  });
});
