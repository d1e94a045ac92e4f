import type { Clock } from "@/server/platform/clock";
import { checkNonce, createNonce, challenge, isResponseRight, isUriRequested, parseDigest } from "./digest";

/** What is kept of an API key to check a digest: HA1 in hex. */
export interface DigestKey {
  id: string;
  ha1: string;
}

/** Where keys come from and where used nonces are remembered; the database in production (digest-store.ts). */
export interface DigestStore {
  findKey(publicKey: string): Promise<DigestKey | null>;
  /**
   * Records a use of the nonce. False when this counter, or a later one, was used before: the request is a replay.
   * Atomic, so that of two equal requests at once only one is let in. May be forgotten after `expiresAt`.
   */
  useNonce(nonce: string, counter: number, expiresAt: Date): Promise<boolean>;
}

export type Authentication =
  | { kind: "authenticated"; keyId: string }
  /** `attempted`: credentials were sent, and they were wrong (not merely a nonce that has become too old). */
  | { kind: "challenged"; wwwAuthenticate: string; attempted: boolean };

/** Checks the digest of a request. Reads nothing of its body, and changes nothing before the response is right. */
export class DigestAuthenticator {
  constructor(
    private readonly store: DigestStore,
    private readonly nonceKey: () => Buffer,
    private readonly clock: Clock,
  ) {}

  async authenticate(request: Request): Promise<Authentication> {
    const header = request.headers.get("authorization");
    if (!header) return this.challenge({ stale: false, attempted: false });
    const credentials = parseDigest(header);
    if (!credentials || !isUriRequested(credentials.uri, request.url)) return this.refuse();

    const key = await this.store.findKey(credentials.username);
    if (!key || !isResponseRight(credentials, key.ha1, request.method)) return this.refuse();

    const nonce = checkNonce(credentials.nonce, this.nonceKey(), this.clock.now());
    if (nonce.state === "foreign") return this.refuse();
    const isFirstUse =
      nonce.state === "fresh" &&
      (await this.store.useNonce(credentials.nonce, parseInt(credentials.nc, 16), nonce.expiresAt));
    // The key is right, only the nonce is spent: "stale" lets the client try again by itself.
    if (!isFirstUse) return this.challenge({ stale: true, attempted: false });
    return { kind: "authenticated", keyId: key.id };
  }

  private refuse(): Authentication {
    return this.challenge({ stale: false, attempted: true });
  }

  private challenge({ stale, attempted }: { stale: boolean; attempted: boolean }): Authentication {
    const nonce = createNonce(this.nonceKey(), this.clock.now());
    return { kind: "challenged", wwwAuthenticate: challenge(nonce, stale), attempted };
  }
}
