const HOME = "/projects";

/** Where to go after signing in: a path of ours, never another site's address. */
export function safePath(from: string | string[] | undefined): string {
  if (typeof from !== "string" || !/^\/(?![/\\])/.test(from)) return HOME;
  const url = new URL(from, "http://ours.invalid");
  if (url.origin !== "http://ours.invalid" || url.pathname.startsWith("/sign-in")) return HOME;
  return `${url.pathname}${url.search}`;
}
