import type { CapabilityNote, DeploymentFacts } from "./facts";

/** What this server cannot do, said before somebody relies on it. */
export function capabilityNotes(facts: {
  supports: DeploymentFacts["supports"];
  setName: string | null;
  authorizationEnabled: boolean;
  fcvKnown: boolean;
  version: string;
}): CapabilityNote[] {
  const { supports, version } = facts;
  const notes: Array<CapabilityNote | false> = [
    facts.setName === null && { id: "standalone", text: "This is not a replica set member." },
    !supports.snapshotReads && {
      id: "noSnapshotReads",
      text: `This server (${version}) cannot read all collections at one moment: snapshots are marked not consistent.`,
    },
    !supports.oplog && {
      id: "noOplog",
      text: "There is no oplog that could be read: no point in time between snapshots.",
    },
    !supports.transactions && { id: "noTransactions", text: "This server has no transactions." },
    !supports.writeBlock && {
      id: "noWriteBlock",
      text: "This server cannot block writes: stop every client yourself before a restore.",
    },
    !facts.fcvKnown && {
      id: "noFcv",
      text: "The server does not tell a feature compatibility version: its release is taken instead.",
    },
    !facts.authorizationEnabled && {
      id: "noAuthorization",
      text: supports.writeBlock
        ? "Nobody has to sign in on this server: a write block would block our own restore too."
        : "Nobody has to sign in on this server.",
    },
  ];
  return notes.filter((note) => note !== false);
}
