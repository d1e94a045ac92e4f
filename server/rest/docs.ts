import { PERMISSIONS } from "@/server/access/permissions";
import type { Route } from "./route";

/** The table of operations in docs/admin-api.md, one line for each route; a test keeps the page equal to it. */
export function renderOperations(routes: readonly Route[]): string {
  const lines = routes.map((route) => {
    const path = route.path === "" ? "/" : route.path;
    return `| \`${path}\` | ${route.method} | ${route.versions.join(", ")} | ${PERMISSIONS[route.permission].label} |`;
  });
  return ["| Path | Method | Versions | Permission |", "| --- | --- | --- | --- |", ...lines].join("\n");
}
