import { seal, unseal } from "@/server/platform/crypto";
import type { RepositoryKeys } from "@/server/engine/repository";
import type { Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { builtInFolder, createBuiltInTarget } from "../../storage/built-in-target";
import { KIND_OF_SCHEME, readLocation, sealCredentials } from "../../storage/open-target";
import type { StorageKind, TargetCredentials } from "../../storage/schema";
import { FORMAT_VERSION, ID_KEY_PURPOSE, REPOSITORY_KEY_PURPOSE } from "../open-repository";
import { belongsElsewhere } from "./belongs-elsewhere";
import { isSamePlace } from "./same-place";

/** Where the repository lies, and how the portal gets there. */
export interface AdoptedPlace {
  location: string;
  credentials: TargetCredentials;
}

const NAME_LENGTH_MAX = 64;

/** `INSTALLATION` for a folder below the one where this installation keeps its own repositories. */
export function kindOf(location: string): StorageKind {
  const place = readLocation(location);
  const isOwn = place.scheme === "file" && place.path.startsWith(`${builtInFolder()}/`);
  return isOwn ? "INSTALLATION" : KIND_OF_SCHEME[place.scheme];
}

/**
 * Throws REPOSITORY_OF_ANOTHER_ORGANIZATION when the organization is here with another id key, or the repository with
 * another organization; REPOSITORY_ELSEWHERE when it is here at another place or with another encryption key: its index
 * counts on the packs of that place alone. Looks only.
 */
export async function assertMayAdopt(
  tx: Tx,
  repositoryId: string,
  organizationId: string,
  keys: RepositoryKeys,
  location: string,
): Promise<void> {
  const organization = await tx.organization.findUnique({ where: { id: organizationId } });
  if (organization && !unseal(organization.idKeySealed, ID_KEY_PURPOSE).equals(keys.idKey)) {
    throw new DomainError("REPOSITORY_OF_ANOTHER_ORGANIZATION", {
      message: `organization ${organizationId} (${organization.name}) is here with another id key: its snapshots would never compare`,
      params: { organizationId },
    });
  }
  const repository = await tx.repository.findUnique({ where: { id: repositoryId } });
  if (repository && repository.organizationId !== organizationId) {
    throw belongsElsewhere(`repository ${repositoryId}`, organizationId);
  }
  if (!repository) return;
  const isSameKey = unseal(repository.keySealed, REPOSITORY_KEY_PURPOSE).equals(keys.encryptionKey);
  if (isSameKey && isSamePlace(repository.location, location)) return;
  const difference = isSameKey ? "and this is a copy of it" : "with another encryption key";
  throw new DomainError("REPOSITORY_ELSEWHERE", {
    message: `repository ${repositoryId} is here already, at ${repository.location}, ${difference}: nothing was changed`,
    params: { repositoryId, location: repository.location },
  });
}

/** The organization with the repository's id key, and the installation's own disk as its storage. True when it was made. */
export async function insertOrganization(
  tx: Tx,
  { id, name }: { id: string; name: string },
  keys: RepositoryKeys,
): Promise<boolean> {
  if (await tx.organization.findUnique({ where: { id }, select: { id: true } })) return false;
  await tx.organization.create({ data: { id, name, idKeySealed: seal(keys.idKey, ID_KEY_PURPOSE) } });
  await createBuiltInTarget(tx, id);
  return true;
}

/**
 * The repository's row, on the organization's storage target of that place, which is made where there is none; the default
 * of an organization that was just made, because its snapshots went there. True when the row was made.
 */
export async function insertRepository(
  tx: Tx,
  repository: { id: string; organizationId: string; keys: RepositoryKeys; isNewOrganization: boolean },
  place: AdoptedPlace,
): Promise<boolean> {
  const { id, organizationId, keys } = repository;
  if (await tx.repository.findUnique({ where: { id }, select: { id: true } })) return false;
  const targetId = await findOrInsertTarget(tx, repository, place);
  const keySealed = seal(keys.encryptionKey, REPOSITORY_KEY_PURPOSE);
  const { location } = place;
  await tx.repository.create({
    data: { id, organizationId, targetId, location, keySealed, formatVersion: FORMAT_VERSION },
  });
  return true;
}

async function findOrInsertTarget(
  tx: Tx,
  { id, organizationId, isNewOrganization }: { id: string; organizationId: string; isNewOrganization: boolean },
  { location, credentials }: AdoptedPlace,
): Promise<string> {
  const kind = kindOf(location);
  const own = targetLocation(location, id);
  const where = { organizationId, removedAt: null };
  const there = await tx.storageTarget.findFirst({
    where: kind === "INSTALLATION" ? { ...where, kind } : { ...where, location: own },
  });
  if (there) return there.id;
  const name = await freeName(tx, organizationId, shownName(own), id);
  if (isNewOrganization) await tx.storageTarget.updateMany({ where: { organizationId }, data: { isDefault: false } });
  const target = await tx.storageTarget.create({
    data: {
      ...{ id: newId(), organizationId, name, liveName: name, kind, location: own },
      credentialsSealed: sealCredentials(credentials),
      isDefault: isNewOrganization,
    },
  });
  return target.id;
}

/** The portal gives each repository a folder named after it below its target; one that lies elsewhere is its own target. */
function targetLocation(location: string, repositoryId: string): string {
  const url = new URL(location);
  url.pathname = url.pathname.replace(/\/$/, "");
  if (url.pathname.endsWith(`/${repositoryId}`)) url.pathname = url.pathname.slice(0, -repositoryId.length - 1);
  return url.href;
}

function shownName(location: string): string {
  return `Adopted: ${location.replace(/\?.*$/, "")}`.slice(0, NAME_LENGTH_MAX);
}

async function freeName(tx: Tx, organizationId: string, name: string, repositoryId: string): Promise<string> {
  const taken = await tx.storageTarget.findFirst({ where: { organizationId, liveName: name } });
  return taken ? `${name.slice(0, NAME_LENGTH_MAX - 9)} (${repositoryId.slice(-6)})` : name;
}
