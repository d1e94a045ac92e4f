import type { Actor } from "@/server/access/actor";
import type { Db } from "@/server/platform/db";
import { findUserActor, loadApiKeyActor } from "./load-actor";

/** Who once asked for something, with their roles as they stand now; null when the person or key is gone. */
export async function loadRequester(db: Db, id: string | null): Promise<Actor | null> {
  if (id === null) return null;
  const user = await findUserActor(id, null, db);
  if (user) return user;
  const key = await db.apiKey.findUnique({ where: { id }, select: { id: true } });
  return key ? loadApiKeyActor(id, null, db) : null;
}
