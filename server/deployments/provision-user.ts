/**
 * The roles that the portal's database user needs on a real cluster, and what for. All are built in and granted on
 * `admin`; nothing smaller both reads everything and renames collections.
 */
export const PORTAL_ROLES = [
  { role: "backup", reason: "reads all documents, the oplog and the users; switches the write block" },
  { role: "restore", reason: "writes while the block is on, past validators; builds indexes; changes collections" },
  { role: "readWriteAnyDatabase", reason: "renames collections in the swap and writes the lock's marker" },
  { role: "clusterMonitor", reason: "reads the version, the feature compatibility version and the server's state" },
] as const;

/** The mongosh snippet that creates that user; it asks for the password, which therefore is in no history. */
export function provisionUserScript(userName = "holdfast"): string {
  const roles = PORTAL_ROLES.map(({ role, reason }) => `    { role: "${role}", db: "admin" }, // ${reason}`);
  return [
    `// Run in mongosh on the primary, signed in as a user administrator.`,
    `db.getSiblingDB("admin").createUser({`,
    `  user: ${JSON.stringify(userName)},`,
    `  pwd: passwordPrompt(),`,
    `  roles: [`,
    ...roles,
    `  ],`,
    `});`,
    ``,
  ].join("\n");
}
