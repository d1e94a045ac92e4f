import { initTRPC } from "@trpc/server";
import superjson from "superjson";
import type { Permission } from "@/server/access/permissions";
import type { Context } from "./context";
import { describeProblem, toTrpcError } from "./error-shape";

/** Every procedure says which permission it asks for; a test walks them. */
export interface Meta {
  permission: Permission;
}

const PING_EVERY_MS = 15_000;

/** Procedures come from procedures.ts; the plain one is not for routers. */
export const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    transformer: superjson,
    isDev: false,
    sse: {
      ping: { enabled: true, intervalMs: PING_EVERY_MS },
      client: { reconnectAfterInactivityMs: 3 * PING_EVERY_MS },
    },
    errorFormatter: ({ shape, error }) => {
      const domain = describeProblem(error);
      return { ...shape, message: domain.code, data: { ...shape.data, domain } };
    },
  });

/** Gives errors the status of their kind. */
export const withStatus = t.middleware(async ({ next }) => {
  const result = await next();
  if (result.ok) return result;
  throw toTrpcError(result.error);
});

export const { router, createCallerFactory } = t;
