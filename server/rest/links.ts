export interface Link {
  href: string;
  rel: string;
}

/** Where every path of this API begins. */
export const API_ROOT = "/api/atlas/v2";

/** A link relation of the Admin API's own vocabulary. */
export function kindRel(kind: string): string {
  return `https://cloud.mongodb.com/${kind}`;
}

/** Absolute links on the base URL that the client used. */
export class Links {
  constructor(
    /** Scheme and authority, without a slash at the end. */
    readonly origin: string,
  ) {}

  /** The absolute address of a path under the API's root; the segments are escaped. */
  href(...segments: string[]): string {
    return [this.origin + API_ROOT, ...segments.map(encodeURIComponent)].join("/");
  }

  to(rel: string, ...segments: string[]): Link {
    return { href: this.href(...segments), rel };
  }

  self(...segments: string[]): Link {
    return this.to("self", ...segments);
  }
}

/** The origin as the client sees it: a proxy in front says so in X-Forwarded-*, else the Host header does. */
export function clientOrigin(request: Request): string {
  const url = new URL(request.url);
  const first = (name: string) => request.headers.get(name)?.split(",")[0]?.trim();
  const protocol = first("x-forwarded-proto") ?? url.protocol.slice(0, -1);
  const host = first("x-forwarded-host") ?? first("host") ?? url.host;
  const isPlain = /^https?$/.test(protocol) && /^[\w.:[\]-]+$/.test(host);
  return isPlain ? `${protocol}://${host}` : url.origin;
}
