import type { Logger } from "pino";
import type { Actor } from "@/server/access/actor";
import type { Scope } from "@/server/access/require-permission";
import { originOf } from "@/server/auth/request-origin";
import { DomainError } from "@/server/platform/errors/domain-error";
import { KIND_RULES } from "@/server/platform/errors/kinds";
import { AtlasError, describeError } from "./atlas-error";
import type { Authentication } from "./authenticate";
import { checkBody, checkQuery, readJsonBody } from "./input";
import { API_ROOT, clientOrigin, Links } from "./links";
import { pageBody, readBoolean, readPage } from "./paging";
import { REFILL_PERIOD_SECONDS, type RateLimiter, type RateLimitState } from "./rate-limit";
import { renderError, renderReply, type Rendering } from "./reply";
import type { Route } from "./route";
import { Router } from "./router";
import { bodyVersion, resolveVersion } from "./versions";

const CALLS_PER_MINUTE = 1200;

/** What the handler needs from outside; production's are in production.ts. */
export interface HandlerPorts {
  authenticate(request: Request): Promise<Authentication>;
  /** The caller behind a key, as the access check knows them. */
  loadActor(keyId: string, ip: string | null): Promise<Actor>;
  /** Throws where the caller has not the route's permission for the organization or project in the path; gives those. */
  authorize(actor: Actor, route: Route, params: Record<string, string>): Promise<Scope>;
  limiter: RateLimiter;
  logger: Pick<Logger, "info" | "warn" | "error">;
}

/** What is known of the reply before there is one. */
interface Draft {
  rendering: Rendering;
  headers: Headers;
  /** The parameters of the path, once a route is found. */
  asked: Record<string, string>;
}

/**
 * Answers a request of the Admin API: who is it -> is there such a route -> which version -> may they -> is the input
 * right -> the route's handler. Never throws: every error becomes the Admin API's body.
 */
export class AtlasHandler {
  private readonly router: Router<Route>;

  constructor(
    routes: readonly Route[],
    private readonly ports: HandlerPorts,
  ) {
    this.router = new Router(routes);
  }

  async handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const headers = new Headers();
    const rendering: Rendering = { pretty: isOn(url, "pretty"), envelope: isOn(url, "envelope") };
    const asked: Record<string, string> = {};
    try {
      return await this.answer(request, url, { rendering, headers, asked });
    } catch (error) {
      this.log(error, request.method, url.pathname);
      const { status, body } = describeError(error, asked);
      return renderError(status, body, rendering, headers);
    }
  }

  private async answer(request: Request, url: URL, { rendering, headers, asked }: Draft): Promise<Response> {
    const actor = await this.identify(request, url, headers);
    const { route, params } = this.find(request.method, url.pathname, headers);
    Object.assign(asked, params);
    this.limit(`key:${actor.id}:${route.callsPerMinute ?? 0}`, route.callsPerMinute ?? CALLS_PER_MINUTE, url, headers);
    const version = resolveVersion(request.headers.get("accept"), route.versions);
    readBoolean(url.searchParams, "pretty", false);
    readBoolean(url.searchParams, "envelope", false);
    const scope = await this.ports.authorize(actor, route, params);

    const page = readPage(url.searchParams);
    const query = route.query ? checkQuery(route.query, url.searchParams) : undefined;
    const written = bodyVersion(request.headers.get("content-type"), version, route.versions);
    const schema = typeof route.body === "function" ? route.body(written) : route.body;
    const body = schema ? checkBody(schema, await readJsonBody(request)) : undefined;
    const origin = clientOrigin(request);
    const requested = new URL(url.pathname + url.search, origin);
    const reply = await route.handler({
      actor,
      scope,
      params,
      query,
      body,
      page,
      version,
      bodyVersion: written,
      links: new Links(origin),
      list: (results, total) => ({ content: pageBody(results, total, page, requested) }),
    });
    return renderReply(reply, version, rendering, headers);
  }

  private async identify(request: Request, url: URL, headers: Headers): Promise<Actor> {
    const { ip } = originOf(request.headers);
    const result = await this.ports.authenticate(request);
    if (result.kind === "authenticated") return this.ports.loadActor(result.keyId, ip);
    // Guesses empty the bucket of their address; a first request without credentials costs nothing.
    const bucket = `address:${ip ?? "unknown"}`;
    if (result.attempted) this.limit(bucket, CALLS_PER_MINUTE, url, headers);
    else describeLimit(headers, { allowed: true, limit: CALLS_PER_MINUTE, remaining: CALLS_PER_MINUTE });
    headers.set("WWW-Authenticate", result.wwwAuthenticate);
    throw new AtlasError("UNAUTHENTICATED");
  }

  private find(method: string, pathname: string, headers: Headers): { route: Route; params: Record<string, string> } {
    const isInside = pathname === API_ROOT || pathname.startsWith(`${API_ROOT}/`);
    const match = isInside
      ? this.router.match(method, pathname.slice(API_ROOT.length))
      : ({ kind: "notFound" } as const);
    if (match.kind === "found") return match;
    describeLimit(headers, { allowed: true, limit: CALLS_PER_MINUTE, remaining: CALLS_PER_MINUTE });
    if (match.kind === "notFound") throw new DomainError("RESOURCE_NOT_FOUND", { params: { resource: pathname } });
    headers.set("Allow", match.allowed.join(", "));
    throw new AtlasError("METHOD_NOT_ALLOWED", { parameters: [method] });
  }

  private limit(bucket: string, capacity: number, url: URL, headers: Headers): void {
    const state = this.ports.limiter.take(bucket, capacity);
    describeLimit(headers, state);
    if (state.allowed) return;
    const wait = state.retryAfterSeconds;
    headers.set("Retry-After", String(wait));
    throw new AtlasError("RATE_LIMITED_TOKEN_BUCKET", {
      parameters: [url.pathname, wait, capacity, capacity, REFILL_PERIOD_SECONDS],
    });
  }

  private log(error: unknown, method: string, path: string): void {
    if (error instanceof AtlasError && error.status < 500) {
      this.ports.logger.info({ method, path, code: error.errorCode }, "admin api refused");
    } else if (error instanceof DomainError && KIND_RULES[error.kind].http < 500) {
      this.ports.logger[KIND_RULES[error.kind].log]({ method, path, code: error.code }, "admin api refused");
    } else {
      this.ports.logger.error({ method, path, err: error }, "admin api failed");
    }
  }
}

function isOn(url: URL, name: string): boolean {
  return url.searchParams.get(name)?.toLowerCase() === "true";
}

function describeLimit(headers: Headers, state: Pick<RateLimitState, "allowed" | "limit" | "remaining">): void {
  headers.set("RateLimit-Limit", String(state.limit));
  headers.set("RateLimit-Remaining", String(state.remaining));
}
