import type { DeploymentFacts } from "./facts";

/**
 * Whether a restore can block everybody else's writes on the server and still write itself. The check list and the lock
 * ask the same question here: without the right to write during a block, our own block would stop the restore and its
 * undoing.
 */
export function canBlockWrites({ supports, privileges, authorizationEnabled }: DeploymentFacts): boolean {
  return supports.writeBlock && privileges.setWriteBlock && privileges.bypassWriteBlock && authorizationEnabled;
}
