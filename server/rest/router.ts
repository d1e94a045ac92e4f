/** A route as far as finding it goes. */
export interface Matchable {
  method: string;
  /** Path under the API's root with {parameters}: "/groups/{groupId}". The root itself is "". */
  path: string;
}

export type RouteMatch<R> =
  | { kind: "found"; route: R; params: Record<string, string> }
  | { kind: "methodNotAllowed"; allowed: string[] }
  | { kind: "notFound" };

/**
 * Finds routes by the segments of a path. A literal segment wins over a parameter ("/groups/byName" is no group id),
 * parameters are percent-decoded once, and HEAD is served by GET.
 */
export class Router<R extends Matchable> {
  private readonly entries: { route: R; segments: string[] }[];

  constructor(routes: readonly R[]) {
    this.entries = routes.map((route) => ({ route, segments: split(route.path) }));
    this.entries.sort((a, b) => literals(b.segments).localeCompare(literals(a.segments)));
  }

  match(method: string, path: string): RouteMatch<R> {
    const segments = split(path);
    const wanted = method === "HEAD" ? "GET" : method;
    const allowed = new Set<string>();
    let shape: string | undefined;
    for (const entry of this.entries) {
      const params = bind(entry.segments, segments);
      if (!params) continue;
      const entryShape = literals(entry.segments);
      shape ??= entryShape;
      if (entryShape !== shape) break;
      if (entry.route.method === wanted) return { kind: "found", route: entry.route, params };
      allowed.add(entry.route.method);
    }
    return allowed.size > 0 ? { kind: "methodNotAllowed", allowed: [...allowed].sort() } : { kind: "notFound" };
  }
}

function split(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

/** "1" for each literal segment, "0" for each parameter: sorts the more literal path first. */
function literals(segments: string[]): string {
  return segments.map((segment) => (segment.startsWith("{") ? "0" : "1")).join("");
}

function bind(pattern: string[], segments: string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = decode(segments[index]!);
    if (segment === null) return null;
    if (part.startsWith("{")) params[part.slice(1, -1)] = segment;
    else if (part !== segment) return null;
  }
  return params;
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
