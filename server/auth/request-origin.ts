import type { Origin } from "./sessions";

interface HeaderBag {
  get(name: string): string | null;
}

/**
 * Where a request came from: the last address in X-Forwarded-For, which the proxy in front of us appended. What stands
 * before it is the client's own word. Without a proxy the web process writes the header itself (client-address.ts).
 */
export function originOf(headers: HeaderBag): Origin {
  return {
    ip: headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() || null,
    userAgent: headers.get("user-agent"),
  };
}

/** Header values of any of the two kinds that next-auth hands out. */
export function headerBag(headers: Record<string, string | string[] | undefined> | Headers | undefined): HeaderBag {
  if (headers instanceof Headers) return headers;
  return {
    get: (name) => {
      const value = headers?.[name] ?? headers?.[name.toLowerCase()];
      return (Array.isArray(value) ? value[0] : value) ?? null;
    },
  };
}

/**
 * Whether a browser says that the request comes from our own pages. Cookies are sent along with requests that another
 * site makes; those name their origin. Programs send neither header.
 */
export function isSameOrigin(headers: HeaderBag): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  if (origin === null) return true;
  const host = headers.get("x-forwarded-host") ?? headers.get("host");
  return URL.canParse(origin) && new URL(origin).host === host;
}
