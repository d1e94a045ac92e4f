import { lookup } from "node:dns/promises";
import { realpath } from "node:fs/promises";
import { isIP } from "node:net";
import { dirname, relative, isAbsolute } from "node:path";
import { isAddressAllowed } from "@/server/deployments/network-policy";
import { env } from "@/server/platform/env";
import { DomainError } from "@/server/platform/errors/domain-error";
import { networkPolicy } from "../clusters/open-deployment";

/**
 * Throws STORAGE_LOCATION_REFUSED when an address of this host may not be reached: storage keeps to the same networks
 * as clusters do. Throws STORAGE_UNAVAILABLE for a name without an address.
 */
export async function assertHostAllowed(host: string): Promise<void> {
  const addresses = isIP(host) ? [host] : await addressesOf(host);
  const policy = networkPolicy();
  const refused = addresses.find((address) => !isAddressAllowed(address, policy));
  if (refused === undefined) return;
  throw new DomainError("STORAGE_LOCATION_REFUSED", {
    message: `${host} is at ${refused}, which this installation does not connect to`,
    params: { reason: "address", host, address: refused },
  });
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (cause) {
    throw new DomainError("STORAGE_UNAVAILABLE", { message: `${host} has no address`, params: { host }, cause });
  }
}

/**
 * Throws STORAGE_LOCATION_REFUSED unless the folder lies below one that the operator allows (HOLDFAST_STORAGE_FOLDERS):
 * who owns an organization must not write anywhere else on the server's disk. Symbolic links are followed first, also
 * of a folder that does not exist yet.
 */
export async function assertFolderAllowed(
  path: string,
  allowed: readonly string[] = env.storageFolders,
): Promise<void> {
  const real = await realPathOf(path);
  for (const folder of allowed) if (isBelow(real, await realPathOf(folder))) return;
  throw new DomainError("STORAGE_LOCATION_REFUSED", {
    message: "the folder is not below one that HOLDFAST_STORAGE_FOLDERS names",
    params: { reason: "folder", path },
  });
}

/** The path without symbolic links, as far as it exists. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === path) throw unreadable(path, error);
    return `${(await realPathOf(parent)).replace(/\/$/, "")}${path.slice(parent.replace(/\/$/, "").length)}`;
  }
}

function unreadable(path: string, cause: unknown): DomainError {
  return new DomainError("STORAGE_LOCATION_REFUSED", {
    message: "the folder cannot be looked at",
    params: { reason: "folder", path },
    cause,
  });
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith("../") && !isAbsolute(way);
}
