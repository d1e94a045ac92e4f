import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Repository } from "@/server/engine/repository";
import { ensureEnvelope, type UnwrappedKeys } from "@/server/engine/repository/keys/key-envelope";
import type { ObjectStore } from "@/server/engine/storage";
import { installationKey, seal, unseal } from "@/server/platform/crypto";
import type { Db, StorageTargetModel, Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { newId } from "@/server/platform/ids";
import type { SnapshotOrigin } from "../storage/choose-target";
import { findTargetFor } from "../storage/find-target";
import { openTargetStore, repositoryLocation } from "../storage/open-target";
import { PostgresNodeIndex } from "./node-index";

export const ID_KEY_PURPOSE = "organization.id-key";
export const REPOSITORY_KEY_PURPOSE = "repository.key";
const KEY_BYTES = 32;
export const FORMAT_VERSION = 1;

/** A new organization's id key, sealed for its row. It never changes: ids and roots compare by it. */
export function makeSealedIdKey(): Buffer<ArrayBuffer> {
  return seal(randomBytes(KEY_BYTES), ID_KEY_PURPOSE);
}

interface Opened {
  /** Which credentials it was opened with. */
  revision: number;
  repository: Promise<Repository>;
}

const opened = new Map<string, Opened>();

/**
 * Opens a repository by its row; one instance a process, until the credentials of its target change. Throws
 * REPOSITORY_NOT_FOUND, REPOSITORY_KEY_WRONG and what its storage throws.
 */
export async function openRepository(db: Db, repositoryId: string): Promise<Repository> {
  const row = await db.repository.findUnique({
    where: { id: repositoryId },
    select: { target: { select: { revision: true, removedAt: true } } },
  });
  if (!row || row.target.removedAt) throw new DomainError("REPOSITORY_NOT_FOUND", { params: { repositoryId } });
  const { revision } = row.target;
  const known = opened.get(repositoryId);
  if (known?.revision === revision) return known.repository;
  const repository = open(db, repositoryId).catch((error: unknown) => {
    if (opened.get(repositoryId)?.repository === repository) opened.delete(repositoryId);
    throw error;
  });
  opened.set(repositoryId, { revision, repository });
  return repository;
}

async function open(db: Db, repositoryId: string): Promise<Repository> {
  const row = await db.repository.findUnique({
    where: { id: repositoryId },
    include: { organization: true, target: true },
  });
  if (!row) throw new DomainError("REPOSITORY_NOT_FOUND", { params: { repositoryId } });
  const store = await openTargetStore(row.target, row.location);
  const keys = {
    idKey: unseal(row.organization.idKeySealed, ID_KEY_PURPOSE),
    encryptionKey: unseal(row.keySealed, REPOSITORY_KEY_PURPOSE),
  };
  const repository = await Repository.open({ store, index: new PostgresNodeIndex(db, repositoryId), keys });
  await seeToEnvelope(store, { repositoryId, keys });
  return repository;
}

/** A repository from before it held its own keys gets them. One that cannot be written now can still be read. */
async function seeToEnvelope(store: ObjectStore, unwrapped: UnwrappedKeys): Promise<void> {
  const { repositoryId } = unwrapped;
  try {
    if (await ensureEnvelope(store, installationKey(), unwrapped)) logger.info({ repositoryId }, "wrapped keys stored");
  } catch (error) {
    logger.warn({ err: error, repositoryId }, "the repository lacks its wrapped keys, and they cannot be stored now");
  }
}

/** Making a repository writes to storage that may be far away, with retries. */
const CREATE_TIMEOUT_MS = 120_000;

/**
 * The id of the repository that snapshots of this origin go to: the one of the target that is assigned to its project,
 * provider and region, else of the organization's default. Made at the first use, under a lock, so that two workers
 * make one. Throws what the target's storage throws.
 */
export async function ensureRepository(db: Db, organizationId: string, origin: SnapshotOrigin): Promise<string> {
  const target = await findTargetFor(db, organizationId, origin);
  const found = await findRepositoryId(db, target.id);
  if (found) return found;
  const lockName = `repository of ${target.id}`;
  return db.$transaction(
    async (tx) => {
      await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${lockName}, 0))`;
      await holdTarget(tx, target.id);
      return (await findRepositoryId(tx, target.id)) ?? createRepository(db, tx, target);
    },
    { timeout: CREATE_TIMEOUT_MS },
  );
}

async function createRepository(db: Db, tx: Tx, target: StorageTargetModel): Promise<string> {
  const { id: targetId, organizationId } = target;
  const { idKeySealed } = await tx.organization.findUniqueOrThrow({ where: { id: organizationId } });
  const id = newId();
  const encryptionKey = randomBytes(KEY_BYTES);
  const location = repositoryLocation(target, id);
  const keys = { idKey: unseal(idKeySealed, ID_KEY_PURPOSE), encryptionKey };
  const index = new PostgresNodeIndex(db, id);
  if (target.kind === "INSTALLATION") await mkdir(fileURLToPath(location), { recursive: true, mode: 0o700 });
  const store = await openTargetStore(target, location);
  await Repository.create({ store, index, keys, id, wrapWith: installationKey() });
  const keySealed = seal(encryptionKey, REPOSITORY_KEY_PURPOSE);
  const data = { id, organizationId, targetId, location, keySealed, formatVersion: FORMAT_VERSION };
  await tx.repository.create({ data });
  return id;
}

/** The repository of a target that new snapshots go to. */
async function findRepositoryId(db: Pick<Db, "repository">, targetId: string): Promise<string | null> {
  const row = await db.repository.findFirst({ where: { targetId }, orderBy: { createdAt: "asc" } });
  return row?.id ?? null;
}

/**
 * In the transaction that notes where a snapshot is going: holds the repository's target until the commit, so that it
 * cannot be removed before the note is there. Throws STORAGE_TARGET_NOT_FOUND when it was removed meanwhile.
 */
export async function holdRepository(tx: Tx, repositoryId: string): Promise<void> {
  const { targetId } = await tx.repository.findUniqueOrThrow({ where: { id: repositoryId } });
  await holdTarget(tx, targetId);
}

async function holdTarget(tx: Tx, targetId: string): Promise<void> {
  const held = await tx.$queryRaw<unknown[]>`
    select id from "StorageTarget" where id = ${targetId} and "removedAt" is null for share`;
  if (held.length === 0) throw new DomainError("STORAGE_TARGET_NOT_FOUND", { params: { targetId } });
}
