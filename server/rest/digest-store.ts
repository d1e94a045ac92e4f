import { HA1_PURPOSE } from "@/server/auth/api-key-secret";
import { unseal } from "@/server/platform/crypto";
import type { Db } from "@/server/platform/db";
import type { DigestKey, DigestStore } from "./authenticate";

/** Every so many uses, expired nonces are cleared away. */
const USES_BETWEEN_CLEANUPS = 200;

/** API keys and used nonces in PostgreSQL, so that a replay is refused by every web process. */
export class DatabaseDigestStore implements DigestStore {
  private uses = 0;

  constructor(private readonly db: () => Db) {}

  async findKey(publicKey: string): Promise<DigestKey | null> {
    const key = await this.db().apiKey.findUnique({ where: { publicKey }, select: { id: true, ha1Sealed: true } });
    return key && { id: key.id, ha1: unseal(key.ha1Sealed, HA1_PURPOSE).toString("utf8") };
  }

  async useNonce(nonce: string, counter: number, expiresAt: Date): Promise<boolean> {
    // The counter column is a signed integer; nc has 32 bits. No client counts that far with one nonce.
    if (counter < 1 || counter > 2 ** 31 - 1) return false;
    const advanced = await this.db().$executeRaw`
      insert into "DigestNonce" ("nonce", "counter", "expiresAt") values (${nonce}, ${counter}, ${expiresAt})
      on conflict ("nonce") do update set "counter" = excluded."counter"
      where "DigestNonce"."counter" < excluded."counter"`;
    if (++this.uses % USES_BETWEEN_CLEANUPS === 0) {
      // Long after they expired: forgetting one that a slower clock still takes for fresh would let a replay in.
      await this.db().$executeRaw`delete from "DigestNonce" where "expiresAt" < now() - interval '1 hour'`;
    }
    return advanced === 1;
  }
}
