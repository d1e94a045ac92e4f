import { loadApiKeyActor } from "@/server/auth/load-actor";
import { systemClock } from "@/server/platform/clock";
import { installationKey } from "@/server/platform/crypto";
import { db } from "@/server/platform/db";
import { logger } from "@/server/platform/logger";
import { once } from "@/server/platform/once";
import { DigestAuthenticator } from "./authenticate";
import { authorizeRoute } from "./authorize";
import { DatabaseDigestStore } from "./digest-store";
import { AtlasHandler } from "./handler";
import { RateLimiter } from "./rate-limit";
import { ROUTES } from "./routes";

const nonceKey = once("rest.nonce-key", () => installationKey().derive("rest digest nonce"));
/** Shared by all copies of this module that Next may load; the rest is made anew, so that edits show at once. */
const limiter = once("rest.limiter", () => new RateLimiter(systemClock));

function createHandler(): AtlasHandler {
  const digest = new DigestAuthenticator(new DatabaseDigestStore(db), nonceKey, systemClock);
  return new AtlasHandler(ROUTES, {
    authenticate: (request) => digest.authenticate(request),
    loadActor: async (keyId, ip) => {
      await noteUse(keyId, systemClock.now());
      return loadApiKeyActor(keyId, ip);
    },
    authorize: authorizeRoute,
    limiter: limiter(),
    logger,
  });
}

let handler: AtlasHandler | undefined;

/** When a key was last used, to the minute: a write for each call would tell nothing more. */
async function noteUse(keyId: string, now: Date): Promise<void> {
  const minuteAgo = new Date(now.getTime() - 60_000);
  const where = { id: keyId, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: minuteAgo } }] };
  await db().apiKey.updateMany({ where, data: { lastUsedAt: now } });
}

/** Answers a request below /api/atlas; for the route entry file. */
export function handleAtlasRequest(request: Request): Promise<Response> {
  handler ??= createHandler();
  return handler.handle(request);
}
