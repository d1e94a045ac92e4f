import type { AtlasErrorBody } from "./atlas-error";
import type { PageBody } from "./paging";
import { versionedType, type ApiVersion } from "./versions";

/** What a handler answers; the wrapper makes it a Response. */
export interface Reply {
  /** 200 unless given. */
  status?: number;
  /** Absent: no body. */
  content?: unknown;
  headers?: Record<string, string>;
}

export interface Rendering {
  pretty: boolean;
  envelope: boolean;
}

export function renderReply(reply: Reply, version: ApiVersion, rendering: Rendering, headers: Headers): Response {
  const status = reply.status ?? 200;
  for (const [name, value] of Object.entries(reply.headers ?? {})) headers.set(name, value);
  if (rendering.envelope) {
    headers.set("Content-Type", versionedType(version));
    return new Response(stringify(wrap(status, reply.content), rendering), { status: 200, headers });
  }
  if (reply.content === undefined || status === 204) return new Response(null, { status, headers });
  headers.set("Content-Type", versionedType(version));
  return new Response(stringify(reply.content, rendering), { status, headers });
}

/** An error is plain JSON; a challenge keeps its status in an envelope too, or no client could answer it. */
export function renderError(status: number, body: AtlasErrorBody, rendering: Rendering, headers: Headers): Response {
  headers.set("Content-Type", "application/json");
  headers.set("X-Error-Code", body.errorCode);
  const isWrapped = rendering.envelope && !headers.has("WWW-Authenticate");
  const content = isWrapped ? wrap(status, body) : body;
  return new Response(stringify(content, rendering), { status: isWrapped ? 200 : status, headers });
}

/** A list carries the status beside its results; anything else goes into `content`. */
function wrap(status: number, content: unknown): unknown {
  if (isPage(content)) return { status, ...content };
  return content === undefined ? { status } : { status, content };
}

function isPage(content: unknown): content is PageBody {
  return typeof content === "object" && content !== null && "results" in content && "links" in content;
}

function stringify(content: unknown, { pretty }: Rendering): string {
  return JSON.stringify(content, null, pretty ? 2 : 0);
}
