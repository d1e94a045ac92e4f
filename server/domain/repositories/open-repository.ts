import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Repository } from "@/server/engine/repository";
import { ensureEnvelope, type UnwrappedKeys } from "@/server/engine/repository/key-envelope";
import { openObjectStore, type ObjectStore } from "@/server/engine/storage";
import { installationKey, seal, unseal } from "@/server/platform/crypto";
import type { Db } from "@/server/platform/db";
import { env } from "@/server/platform/env";
import { DomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { newId } from "@/server/platform/ids";
import { PostgresNodeIndex } from "./node-index";

const ID_KEY_PURPOSE = "organization.id-key";
const REPOSITORY_KEY_PURPOSE = "repository.key";
const KEY_BYTES = 32;
const FORMAT_VERSION = 1;

/** A new organization's id key, sealed for its row. It never changes: ids and roots compare by it. */
export function makeSealedIdKey(): Buffer<ArrayBuffer> {
  return seal(randomBytes(KEY_BYTES), ID_KEY_PURPOSE);
}

const opened = new Map<string, Promise<Repository>>();

/** Opens a repository by its row; one instance a process. Throws REPOSITORY_NOT_FOUND or REPOSITORY_KEY_WRONG. */
export function openRepository(db: Db, repositoryId: string): Promise<Repository> {
  let repository = opened.get(repositoryId);
  if (!repository) {
    repository = open(db, repositoryId).catch((error: unknown) => {
      opened.delete(repositoryId);
      throw error;
    });
    opened.set(repositoryId, repository);
  }
  return repository;
}

async function open(db: Db, repositoryId: string): Promise<Repository> {
  const row = await db.repository.findUnique({ where: { id: repositoryId }, include: { organization: true } });
  if (!row) throw new DomainError("REPOSITORY_NOT_FOUND", { params: { repositoryId } });
  const store = openObjectStore(row.location);
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

/**
 * The id of the repository that an organization's snapshots go to; made at the first use, under a lock, so that two
 * workers make one. It lies in a folder of its own below HOLDFAST_HOME.
 */
export async function ensureRepository(db: Db, organizationId: string): Promise<string> {
  const found = await findRepositoryId(db, organizationId);
  if (found) return found;
  const lockName = `repository of ${organizationId}`;
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${lockName}, 0))`;
    const made = await findRepositoryId(tx, organizationId);
    if (made) return made;
    const { idKeySealed } = await tx.organization.findUniqueOrThrow({ where: { id: organizationId } });
    const id = newId();
    const encryptionKey = randomBytes(KEY_BYTES);
    const folder = join(env.home, "repositories", id);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const location = pathToFileURL(folder).href;
    const keys = { idKey: unseal(idKeySealed, ID_KEY_PURPOSE), encryptionKey };
    const index = new PostgresNodeIndex(db, id);
    await Repository.create({ store: openObjectStore(location), index, keys, id, wrapWith: installationKey() });
    const keySealed = seal(encryptionKey, REPOSITORY_KEY_PURPOSE);
    await tx.repository.create({ data: { id, organizationId, location, keySealed, formatVersion: FORMAT_VERSION } });
    return id;
  });
}

async function findRepositoryId(db: Pick<Db, "repository">, organizationId: string): Promise<string | null> {
  const row = await db.repository.findFirst({ where: { organizationId }, orderBy: { createdAt: "asc" } });
  return row?.id ?? null;
}
