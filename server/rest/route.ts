import type * as z from "zod/mini";
import type { Permission } from "@/server/access/permissions";
import type { Actor } from "@/server/access/actor";
import type { Scope } from "@/server/access/require-permission";
import type { Links } from "./links";
import type { PageRequest } from "./paging";
import type { Reply } from "./reply";
import type { ApiVersion } from "./versions";

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/** What a handler is given: the caller is known, allowed, and the input is checked. */
export interface RouteContext<Query, Body> {
  actor: Actor;
  /** What the permission was asked for. */
  scope: Scope;
  params: Record<string, string>;
  query: Query;
  body: Body;
  page: PageRequest;
  /** The resolved version of the reply, and the one the body is written in. */
  version: ApiVersion;
  bodyVersion: ApiVersion;
  links: Links;
  /** Makes the reply of a list: this page's results, out of `total`. */
  list(results: unknown[], total: number): Reply;
}

/**
 * An operation of the Admin API. A route is a declaration: who may, in which versions, with which input, and the
 * service that answers. `permission` is asked for the organization or project in the path before the handler runs.
 */
export interface Route<
  Query extends z.core.$ZodType = z.core.$ZodType,
  Body extends z.core.$ZodType = z.core.$ZodType,
> {
  operationId: string;
  method: Method;
  path: string;
  versions: readonly ApiVersion[];
  permission: Permission;
  /** Checks the query's parameters; those absent or empty are not in the object. */
  query?: Query;
  /** Checks the body, by the version it is written in where that makes a difference. */
  body?: Body | ((version: ApiVersion) => Body);
  /** Size of the caller's token bucket for this kind of call. */
  callsPerMinute?: number;
  handler(context: RouteContext<z.core.output<Query>, z.core.output<Body>>): Promise<Reply>;
}

/** Ties the types of a route's parts together; the table of routes holds them without their types. */
export function defineRoute<
  Query extends z.core.$ZodType = z.core.$ZodType,
  Body extends z.core.$ZodType = z.core.$ZodType,
>(route: Route<Query, Body>): Route {
  return route as unknown as Route;
}
