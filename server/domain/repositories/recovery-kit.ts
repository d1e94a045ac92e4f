import { setTimeout } from "node:timers/promises";
import type { Actor } from "@/server/access/actor";
import type { OrgScope } from "@/server/access/require-permission";
import { readRecoveryKit, type RecoveryKit } from "@/server/engine/repository/keys/recovery-kit";
import { installationKey } from "@/server/platform/crypto";
import { db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../activity/record-activity";
import { openRepository } from "./open-repository";
import type { RecoveryKitView } from "./schema";

/** A page does not wait longer for storage that may be far away. */
const KIT_TIMEOUT_MS = 5_000;

/**
 * The recovery kit of a repository of the organization, read from the storage, so that it is known to be there; the
 * activity feed tells that somebody saw it. Throws REPOSITORY_NOT_FOUND, what the storage throws, and STORAGE_UNAVAILABLE
 * when it does not answer in time.
 */
export async function getRecoveryKit(actor: Actor, org: OrgScope, repositoryId: string): Promise<RecoveryKitView> {
  const row = await db().repository.findUnique({ where: { id: repositoryId, organizationId: org.id } });
  if (!row) throw new DomainError("REPOSITORY_NOT_FOUND", { params: { repositoryId } });
  const kit = await inTime(readKit(repositoryId, row.location));
  await db().$transaction((tx) =>
    recordActivity(tx, { organizationId: org.id, type: "RECOVERY_KIT_SHOWN", actor, details: { repositoryId } }),
  );
  return { organization: org.name, ...kit };
}

async function readKit(repositoryId: string, location: string): Promise<RecoveryKit> {
  const { store } = await openRepository(db(), repositoryId);
  return readRecoveryKit(store, installationKey(), location);
}

async function inTime<T>(reading: Promise<T>): Promise<T> {
  const inTimeAfterAll = new AbortController();
  const late = setTimeout(KIT_TIMEOUT_MS, null, { signal: inTimeAfterAll.signal, ref: false }).then(() => {
    const message = `the storage did not answer within ${KIT_TIMEOUT_MS / 1000} s`;
    throw new DomainError("STORAGE_UNAVAILABLE", { message });
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    inTimeAfterAll.abort();
  }
}
