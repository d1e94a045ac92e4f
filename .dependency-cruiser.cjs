/**
 * Imports go down only:
 *   app -> api | rest -> domain -> engine | deployments | job definitions -> platform
 * The table is in docs/architecture.md; server/testing/imports.test.ts proves that each rule bites.
 */
const serverFolders = [
  "api",
  "rest",
  "auth",
  "access",
  "domain",
  "engine",
  "deployments",
  "wire",
  "jobs",
  "platform",
  "supervisor",
  "cli",
  "demo",
];

/** A rule that lets `from` import only the listed folders of server/ (and itself). */
function only(from, allowed, extra = {}) {
  const forbidden = serverFolders.filter((folder) => !allowed.includes(folder));
  return {
    name: `${from.replaceAll("/", "-")}-imports-down-only`,
    severity: "error",
    from: { path: `^server/${from}/`, pathNot: "\\.test\\.ts$", ...extra },
    to: { path: `^server/(${forbidden.join("|")})/` },
  };
}

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-orphan-import",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^(server-only|next-env)" },
    },
    only("platform", ["platform"]),
    only("access", ["access", "platform"]),
    only("auth", ["auth", "access", "platform"]),
    only("engine", ["engine", "platform"]),
    only("deployments", ["deployments", "wire", "engine", "platform"]),
    only("wire", ["wire", "engine", "platform"]),
    only("domain", ["domain", "engine", "deployments", "access", "auth", "jobs", "platform"]),
    only("api", ["api", "domain", "access", "auth", "jobs", "platform"]),
    only("rest", ["rest", "domain", "access", "auth", "jobs", "platform"]),
    {
      name: "engine-knows-no-database",
      severity: "error",
      from: { path: "^server/engine/", pathNot: "\\.test\\.ts$" },
      to: { path: "^server/platform/(db|generated|migrate|postgres)|node_modules/(pg|@prisma|next|@trpc)/" },
    },
    {
      name: "wire-and-deployments-know-no-database",
      severity: "error",
      from: { path: "^server/(wire|deployments)/", pathNot: "\\.test\\.ts$" },
      to: { path: "^server/platform/(db|generated|migrate|postgres)|node_modules/(pg|@prisma|next|@trpc)/" },
    },
    {
      name: "engine-tree-is-pure",
      severity: "error",
      from: { path: "^server/engine/tree/", pathNot: "\\.test\\.ts$" },
      to: { path: "^server/engine/(repository|storage|source|oplog|restore|dump)/|node_modules/(mongodb|lmdb)/" },
    },
    {
      name: "wire-uses-only-bson-and-tree",
      severity: "error",
      from: { path: "^server/wire/", pathNot: "\\.test\\.ts$" },
      to: { path: "^server/engine/(repository|storage|source|oplog|restore|dump)/" },
    },
    {
      name: "features-enqueue-by-definition",
      severity: "error",
      from: { path: "^server/(domain|api|rest)/", pathNot: "\\.test\\.ts$" },
      to: { path: "^server/jobs/(handlers/|registry|worker|host)" },
    },
    {
      name: "pages-reach-the-server-through-api",
      severity: "error",
      from: { path: "^app/" },
      to: {
        path: "^server/(domain|engine|deployments|wire|jobs|platform/(db|generated)|access)/",
        pathNot: "/schema\\.ts$",
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "components-import-types-and-schemas",
      severity: "error",
      from: { path: "^components/", pathNot: "\\.test\\.tsx?$" },
      to: { path: "^server/", pathNot: "/schema\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    { name: "components-never-import-pages", severity: "error", from: { path: "^components/" }, to: { path: "^app/" } },
    {
      name: "server-never-imports-pages",
      severity: "error",
      from: { path: "^server/", pathNot: "\\.test\\.ts$" },
      to: { path: "^(app|components)/" },
    },
    {
      // These commands work where there is neither portal nor PostgreSQL, on the day when both are lost.
      name: "cli-needs-no-database",
      severity: "error",
      from: { path: "^server/cli/commands/(repository-(check|stats)|snapshot-[a-z]+|unlock)\\.ts$" },
      to: { path: "^server/platform/db\\.ts$", reachable: true },
    },
    {
      name: "testing-is-for-tests",
      severity: "error",
      from: { path: "^(app|components|server)/", pathNot: "^server/testing/|\\.test\\.tsx?$|-suite\\.ts$" },
      to: { path: "^server/testing/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "server/platform/generated|\\.next|\\.build|\\.holdfast" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json"],
    },
  },
};
