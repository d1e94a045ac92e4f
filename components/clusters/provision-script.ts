/** What creates the database user that Holdfast needs, in mongosh. The same text as `provisionUserScript`. */
export const PROVISION_SCRIPT = `// Run in mongosh on the primary, signed in as a user administrator.
db.getSiblingDB("admin").createUser({
  user: "holdfast",
  pwd: passwordPrompt(),
  roles: [
    { role: "backup", db: "admin" }, // reads all documents, the oplog and the users; switches the write block
    { role: "restore", db: "admin" }, // writes while the block is on, past validators; builds indexes; changes collections
    { role: "readWriteAnyDatabase", db: "admin" }, // renames collections in the swap and writes the lock's marker
    { role: "clusterMonitor", db: "admin" }, // reads the version, the feature compatibility version and the server's state
  ],
});
`;
