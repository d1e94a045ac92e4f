import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { HEADER_NAME } from "@/server/engine/repository/keys/header";
import { InstallationKey } from "@/server/platform/crypto";
import { env } from "@/server/platform/env";
import { DomainError } from "@/server/platform/errors/domain-error";
import { textOf, type CommandOption, type OptionValues } from "../frame/command";
import { UsageError } from "../frame/usage-error";

/** Where the repository lies and what opens it: the same words for every command that needs one. */
export const REPOSITORY_OPTIONS = {
  storage: {
    value: "URL",
    words:
      "where the repository lies: file:, s3:, azblob: or gs:, or a folder; without it the one of this installation (HOLDFAST_HOME)",
  },
  key: {
    value: "FILE",
    words: "the installation key's file; without it HOLDFAST_KEY, else the key of this installation",
  },
  cache: { value: "DIR", words: "where the index of the packs is kept between calls; it may be deleted at any time" },
} as const satisfies Record<string, CommandOption>;

/** A storage URL as it is, a folder as one. */
export function urlOf(given: string): string {
  return /^[a-z0-9]+:/i.test(given) ? given : pathToFileURL(resolve(given)).href;
}

/** The address of the repository. Throws UsageError where it must be named. */
export function storageUrl(values: OptionValues): string {
  const given = textOf(values, "storage");
  if (given !== null) return urlOf(given);
  const folder = join(env.home, "repositories");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const found = names.map((name) => join(folder, name)).filter((path) => existsSync(join(path, HEADER_NAME)));
  const [only, another] = found;
  if (only === undefined) throw new UsageError(`There is no repository in ${folder}; say --storage URL.`);
  if (another === undefined) return pathToFileURL(only).href;
  const list = found.map((path) => `  --storage ${pathToFileURL(path).href}`).join("\n");
  throw new UsageError(`There are several repositories; say which one:\n${list}`);
}

/** Where the credentials of an object store are taken from; never from the command line, which others can read. */
export const STORAGE_CREDENTIALS_WORDS =
  "Credentials of an object store come from the environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, " +
  "AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, GOOGLE_APPLICATION_CREDENTIALS.";

/** The installation key that unwraps the repository's own. Throws UsageError where there is none. */
export function installationKeyOf(values: OptionValues): InstallationKey {
  const given = textOf(values, "key");
  if (given === null && env.key !== null) return new InstallationKey(env.key);
  const file = given ?? join(env.home, "key");
  let secret: string;
  try {
    secret = readFileSync(file, "utf8").trim();
  } catch (cause) {
    if (given === null) throw new UsageError(`There is no key in ${file}; say --key FILE or set HOLDFAST_KEY.`);
    throw new DomainError("REPOSITORY_KEY_WRONG", { message: `${file} cannot be read`, cause });
  }
  if (secret.length < 16) throw new DomainError("REPOSITORY_KEY_WRONG", { message: `${file} does not hold a key` });
  return new InstallationKey(secret);
}

/** The folder for what can be worked out again, and for journals of restores. */
export function cacheFolder(values: OptionValues): string {
  const given = textOf(values, "cache");
  if (given !== null) return resolve(given);
  if (existsSync(env.home)) return join(env.home, "cache");
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "holdfast");
}
