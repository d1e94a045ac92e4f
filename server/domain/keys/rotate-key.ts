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
   * envelope when it opens the repository again; the old one stays.
   */
  skipUnreachable?: boolean;
  onPoint?: (point: RotationPoint) => void;
  report?: (words: string) => void;
}

export interface RotatedRepository {
  id: string;
  location: string;
  /** `none`: an earlier run removed it. `unreachable`: nothing was changed there. */
  oldEnvelope: OldEnvelope | "none" | "unreachable";
}

export interface Rotation {
  resealed: Resealed;
  repositories: RotatedRepository[];
}

/** While a rotation is under way: whose envelopes are to be removed in the end. */
const SETTING = "key.rotation";
const RESEAL_TIMEOUT_MS = 10 * 60_000;

/**
 * Puts another installation key in the place of the present one. Order: the new key's envelope into every repository, the
 * database in one transaction, the key file, then the old key's envelopes go. So at any moment the old key or the new one
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
  const previous = (await readMark(db, to)) ?? from.id;
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
      const value = { from: previous.toString("hex"), to: to.id.toString("hex") };
      await tx.setting.upsert({ where: { key: SETTING }, create: { key: SETTING, value }, update: { value } });
      const counts = await resealAll(tx, from, to);
      if (Object.values(counts).some((count) => count > 0)) await recordRotation(tx, value);
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
    const isGone = previous.equals(to.id);
    const oldEnvelope = !store ? "unreachable" : isGone ? "none" : await dropOldEnvelope(store, previous, to, id);
    repositories.push({ id, location, oldEnvelope });
    onPoint?.("envelope-removed");
  }
  await db.setting.deleteMany({ where: { key: SETTING } });
  return { resealed, repositories };
}

/** The old key's id, from a rotation to this key that was cut. */
async function readMark(db: Db, to: InstallationKey): Promise<Buffer | null> {
  const row = await db.setting.findUnique({ where: { key: SETTING } });
  const mark = row?.value as { from?: string; to?: string } | undefined;
  return mark?.from && mark.to === to.id.toString("hex") ? Buffer.from(mark.from, "hex") : null;
}

async function recordRotation(tx: Tx, details: { from: string; to: string }): Promise<void> {
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
