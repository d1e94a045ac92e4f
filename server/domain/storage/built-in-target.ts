import { join } from "node:path";
import { env } from "@/server/platform/env";
import type { Tx } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";

export const BUILT_IN_NAME = "This installation's disk";

/** Where repositories of the installation's own disk lie, each in a folder of its own. */
export function builtInFolder(): string {
  return join(env.home, "repositories");
}

/**
 * The installation's own disk as a new organization's first target, and its default. Whatever makes an organization
 * calls this in the same transaction. Returns its id.
 */
export async function createBuiltInTarget(tx: Tx, organizationId: string): Promise<string> {
  const id = newId();
  await tx.storageTarget.create({
    data: {
      id,
      organizationId,
      name: BUILT_IN_NAME,
      liveName: BUILT_IN_NAME,
      kind: "INSTALLATION",
      isDefault: true,
    },
  });
  return id;
}
