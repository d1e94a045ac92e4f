import { randomBytes } from "node:crypto";
import { sha256Hex } from "@/server/platform/crypto";
import type { Db } from "@/server/platform/db";

/** The row that holds the hash of the token which the first-run set-up asks for. */
const SETUP_TOKEN_SETTING = "setup.token";

/**
 * A new one-time token for the set-up of an installation without users, or null when there are users. Only its hash
 * is stored; each start makes a new one, so an old terminal's token is worthless.
 */
export async function makeSetupToken(db: Db): Promise<string | null> {
  if ((await db.user.count()) > 0) return null;
  const token = randomBytes(16)
    .toString("hex")
    .replace(/(.{8})(?!$)/g, "$1-");
  const value = { sha256: sha256Hex(token) };
  await db.setting.upsert({
    where: { key: SETUP_TOKEN_SETTING },
    create: { key: SETUP_TOKEN_SETTING, value },
    update: { value },
  });
  return token;
}
