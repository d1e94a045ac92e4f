import { z } from "zod";
import { SYSTEM } from "@/server/access/actor";
import { unseal, chooseInstallationKey, type InstallationKey } from "@/server/platform/crypto";
import { ensureEnvelope } from "@/server/engine/repository/keys/key-envelope";
import { dropOldEnvelope, type OldEnvelope } from "@/server/engine/repository/keys/rewrap-keys";
import type { ObjectStore } from "@/server/engine/storage";
import type { Db, Tx } from "@/server/platform/db";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { recordActivity } from "../activity/record-activity";
import { ID_KEY_PURPOSE, REPOSITORY_KEY_PURPOSE } from "../repositories/open-repository";
import { openTargetStore } from "../storage/open-target";
import { isSealedWith, resealAll, type Resealed } from "./reseal";

/** After each of these a rotation may be cut and run again. */
export type RotationPoint = "envelope-written" | "envelopes-written" | "resealed" | "key-replaced" | "envelope-removed";

export interface RotateKey {
  db: Db;
  /** The installation's key until now; may be the new one where an earlier run came far enough. */
  from: InstallationKey;
  to: InstallationKey;
  /** Puts the new key where the installation reads its key from, once the database is sealed with it. May run twice. */
  replaceKey: () => void;
  /**
   * Goes on where the storage of a repository does not answer. Its keys are in the database too: the portal stores the new
   * envelope when it opens the repository again; the old one goes with the next rotation, also one to the same key.
   */
  skipUnreachable?: boolean;
  onPoint?: (point: RotationPoint) => void;
  report?: (words: string) => void;
}

export interface RotatedRepository {
  id: string;
  location: string;
  /** Of all keys that leave. `none`: an earlier run removed it. `unreachable`: nothing was changed there. */
  oldEnvelope: OldEnvelope | "none" | "unreachable";
}

export interface Rotation {
  resealed: Resealed;
  repositories: RotatedRepository[];
}

const SETTING = "key.rotation";
/** While a rotation is under way: the ids of the keys whose envelopes are to be removed, and of the new one. */
const Mark = z.object({
  leaving: z.array(z.string()).default([]),
  to: z.string().optional(),
  /** The only key that leaves, in marks that know no list. */
  from: z.string().optional(),
});
const RESEAL_TIMEOUT_MS = 10 * 60_000;

/**
 * Puts another installation key in the place of the present one. Order: the new key's envelope into every repository, the
 * database in one transaction, the key file, then the old key's envelopes go, and those of older keys that a rotation before
 * could not reach or was cut over. So at any moment the old key or the new one
 * opens everything, and running it again with the same new key finishes what was cut. No data is written again. Nothing
 * else may use the database meanwhile. Throws what the storage of a repository throws (nothing is sealed anew then),
 * INSTALLATION_KEY_WRONG when the database is sealed with neither key, VALIDATION_ERROR for two keys of one id.
 */
export async function rotateKey(options: RotateKey): Promise<Rotation> {
  const { db, from, to, onPoint, report } = options;
  const isDone = await isSealedWith(db, to);
  if (from.id.equals(to.id) && !from.isSame(to)) {
    const message = "the new key happens to have the id of the present one: make another one";
    throw new DomainError("VALIDATION_ERROR", { message });
  }
  if (!isDone) await assertOpens(db, from);
  const leaving = await leavingKeys(db, isDone ? null : from, to);
  await writeMark(db, { leaving, to: to.id.toString("hex") });
  chooseInstallationKey(isDone ? to : from);
  const rows = await listRepositories(db);
  const stores = new Map<string, ObjectStore>();
  for (const row of rows) {
    const store = await wrapFor(row, to).catch((error: unknown) => {
      if (!options.skipUnreachable || !isDomainError(error)) throw error;
      report?.(`Repository ${row.id}: its storage cannot be used now (${error.message}).`);
      return null;
    });
    if (!store) continue;
    stores.set(row.id, store);
    report?.(`Repository ${row.id}: its keys are wrapped by the new key.`);
    onPoint?.("envelope-written");
  }
  onPoint?.("envelopes-written");
  const resealed = await db.$transaction(
    async (tx) => {
      const counts = await resealAll(tx, from, to);
      if (Object.values(counts).some((count) => count > 0)) await recordRotation(tx, from, to);
      return counts;
    },
    { timeout: RESEAL_TIMEOUT_MS },
  );
  chooseInstallationKey(to);
  report?.("The database is sealed with the new key.");
  onPoint?.("resealed");
  options.replaceKey();
  onPoint?.("key-replaced");
  const repositories: RotatedRepository[] = [];
  for (const { id, location } of rows) {
    const store = stores.get(id);
    const oldEnvelope = store ? await dropEnvelopes(store, leaving, to, id) : "unreachable";
    repositories.push({ id, location, oldEnvelope });
    onPoint?.("envelope-removed");
  }
  if (stores.size === rows.length) await db.setting.deleteMany({ where: { key: SETTING } });
  return { resealed, repositories };
}

/** A wrong key must not get into the mark: the envelopes of the keys in it are removed. */
async function assertOpens(db: Db, from: InstallationKey): Promise<void> {
  if ((await isSealedWith(db, from)) !== false) return;
  const message = "the database is sealed with neither the present key nor the new one; nothing was changed";
  throw new DomainError("INSTALLATION_KEY_WRONG", { message });
}

/** Whose envelopes are to be removed in the end: of this rotation, and of those before that did not come to their end. */
async function leavingKeys(db: Db, from: InstallationKey | null, to: InstallationKey): Promise<string[]> {
  const row = await db.setting.findUnique({ where: { key: SETTING } });
  const mark = Mark.parse(row?.value ?? {});
  // The new key of a rotation that was cut has envelopes, too.
  const ids = new Set([...mark.leaving, mark.from, mark.to, from?.id.toString("hex")]);
  return [...ids].filter((id): id is string => id !== undefined && id !== to.id.toString("hex"));
}

async function writeMark(db: Db, value: { leaving: string[]; to: string }): Promise<void> {
  if (value.leaving.length === 0) return;
  await db.setting.upsert({ where: { key: SETTING }, create: { key: SETTING, value }, update: { value } });
}

/** `kept` where the storage keeps one of them. */
async function dropEnvelopes(
  store: ObjectStore,
  leaving: readonly string[],
  to: InstallationKey,
  repositoryId: string,
): Promise<OldEnvelope | "none"> {
  let result: OldEnvelope | "none" = "none";
  for (const keyId of leaving) {
    const one = await dropOldEnvelope(store, Buffer.from(keyId, "hex"), to, repositoryId);
    if (result !== "kept") result = one;
  }
  return result;
}

async function recordRotation(tx: Tx, from: InstallationKey, to: InstallationKey): Promise<void> {
  const details = { from: from.id.toString("hex"), to: to.id.toString("hex") };
  for (const { id: organizationId } of await tx.organization.findMany({
    select: { id: true },
    orderBy: { id: "asc" },
  })) {
    await recordActivity(tx, { organizationId, type: "INSTALLATION_KEY_ROTATED", actor: SYSTEM, details });
  }
}

async function listRepositories(db: Db) {
  return db.repository.findMany({
    where: { target: { removedAt: null } },
    include: { organization: true, target: true },
    orderBy: { id: "asc" },
  });
}

type RepositoryRow = Awaited<ReturnType<typeof listRepositories>>[number];

async function wrapFor(row: RepositoryRow, to: InstallationKey): Promise<ObjectStore> {
  const store = await openTargetStore(row.target, row.location);
  const keys = {
    idKey: unseal(row.organization.idKeySealed, ID_KEY_PURPOSE),
    encryptionKey: unseal(row.keySealed, REPOSITORY_KEY_PURPOSE),
  };
  await ensureEnvelope(store, to, { repositoryId: row.id, keys });
  return store;
}
