import type { OrgScope } from "@/server/access/require-permission";
import { readRecoveryKit } from "@/server/engine/repository/keys/recovery-kit";
import { installationKey } from "@/server/platform/crypto";
import { db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { openRepository } from "./open-repository";
import type { RecoveryKitView } from "./schema";

/**
 * The recovery kit of a repository of the organization, read from the storage, so that it is known to be there. Throws
 * REPOSITORY_NOT_FOUND and what the storage throws.
 */
export async function getRecoveryKit(org: OrgScope, repositoryId: string): Promise<RecoveryKitView> {
  const row = await db().repository.findUnique({ where: { id: repositoryId, organizationId: org.id } });
  if (!row) throw new DomainError("REPOSITORY_NOT_FOUND", { params: { repositoryId } });
  const { store } = await openRepository(db(), repositoryId);
  return { organization: org.name, ...(await readRecoveryKit(store, installationKey(), row.location)) };
}
