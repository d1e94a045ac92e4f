import type { DeploymentFacts } from "./facts";

/**
 * Whether a restore can block everybody else's writes on the server and still write itself. The check list and the lock
 * ask the same question here: without the right to write during a block, our own block would stop the restore and its
 * undoing.
 */
export function canBlockWrites({ supports, privileges, authorizationEnabled }: DeploymentFacts): boolean {
  return supports.writeBlock && privileges.setWriteBlock && privileges.bypassWriteBlock && authorizationEnabled;
}

/** Why not, in words; null when it can, or when the server has none and says no more. */
export function reasonNotToBlock(facts: DeploymentFacts): string | null {
  if (!facts.supports.writeBlock) return facts.notes.find((note) => note.id === "noWriteBlock")?.text ?? null;
  if (!facts.authorizationEnabled)
    return "authorization is off on the server, so a block would stop the restore as well";
  if (!facts.privileges.setWriteBlock) return "our database user may not block writes (role backup or restore)";
  if (!facts.privileges.bypassWriteBlock) return "our database user may not write during a block (role restore)";
  return null;
}
