import { join } from "node:path";
import { rotateKey, type Rotation } from "@/server/domain/keys/rotate-key";
import { DERIVED_SECRETS } from "@/server/domain/keys/sealed-columns";
import { rewrapKeys } from "@/server/engine/repository/keys/rewrap-keys";
import {
  generateKeyFile,
  InstallationKey,
  readKeyFile,
  readOrMakeKeyFile,
  replaceKeyFile,
} from "@/server/platform/crypto";
import { env } from "@/server/platform/env";
import { textOf, type Command, type CommandInput, type CommandResult, type OptionValues } from "../frame/command";
import { UsageError } from "../frame/usage-error";
import { plural } from "../frame/words";
import { withInstallation } from "../installation";
import { openStorage, repositoryUrl } from "../repository/locate";
import { installationKeyOf, REPOSITORY_OPTIONS, STORAGE_CREDENTIALS_WORDS } from "../repository/options";

/** Puts another installation key in place of the present one. */
export const keyRotate: Command = {
  positionals: [],
  options: {
    new: { value: "FILE", words: "the file that holds the new key: 16 characters or more" },
    generate: { value: "FILE", words: "make a new key in this file, which must not be there yet" },
    "skip-unreachable": {
      words:
        "go on where the storage of a repository does not answer; the portal gives it the new envelope later, and the same command once more removes the old one",
    },
    storage: { ...REPOSITORY_OPTIONS.storage, words: "one repository alone, without an installation; needs --key" },
    key: { ...REPOSITORY_OPTIONS.key, words: "with --storage: the file of the key that opens it now" },
  },
  details: `Holdfast must be stopped. Every repository first gets an envelope under the new key; then all secrets in the database are sealed with it in one transaction; then it takes the place of the key file in HOLDFAST_HOME, and the old key's envelopes are removed. No snapshot is written again. If it is cut, run it again with --new and the same file: at any moment the old key or the new one opens everything.

${STORAGE_CREDENTIALS_WORDS}`,

  run: (input) => (textOf(input.values, "storage") === null ? rotateInstallation(input) : rotateRepository(input)),
};

function newKeyOf(values: OptionValues): { key: InstallationKey; file: string } {
  const given = textOf(values, "new");
  const generate = textOf(values, "generate");
  if ((given === null) === (generate === null)) throw new UsageError("Say either --new FILE or --generate FILE.");
  if (given !== null) return { key: readKeyFile(given), file: given };
  return { key: generateKeyFile(generate!), file: generate! };
}

async function rotateRepository({ values }: CommandInput): Promise<CommandResult> {
  if (textOf(values, "key") === null) throw new UsageError("--key FILE is missing: the key that opens it now.");
  const from = installationKeyOf(values);
  const store = openStorage(await repositoryUrl(values));
  const { key: to } = newKeyOf(values);
  const { repositoryId, old } = await rewrapKeys(store, from, to);
  const text = `Repository ${repositoryId} opens with the installation key ${idOf(to)} now. ${OLD_ENVELOPE[old]}`;
  return { ok: true, facts: { repositoryId, keyId: idOf(to), oldEnvelope: old }, text };
}

async function rotateInstallation({ values, progress }: CommandInput): Promise<CommandResult> {
  const note = (words: string) => progress.note(words);
  const oldName = (key: InstallationKey) => `key.old-${new Date().toISOString().slice(0, 10)}-${idOf(key)}`;
  return withInstallation({ alone: true, note }, async (db) => {
    const from = new InstallationKey(env.key ?? readOrMakeKeyFile(env.home));
    const { key: to, file } = newKeyOf(values);
    const rotation = await rotateKey({
      ...{ db, from, to, report: note },
      skipUnreachable: values["skip-unreachable"] === true,
      replaceKey: () => {
        if (env.key === null) replaceKeyFile(env.home, to, oldName(from));
      },
    });
    const kept = env.key === null && !from.isSame(to) ? join(env.home, oldName(from)) : null;
    const facts = { oldKeyId: idOf(from), keyId: idOf(to), oldKeyFile: kept, ...rotation };
    const isWhole = rotation.repositories.every(({ oldEnvelope }) => oldEnvelope !== "unreachable");
    return { ok: isWhole, facts, text: rotationText(rotation, to, { file, kept }) };
  });
}

const OLD_ENVELOPE = {
  removed: "The old key does not open it any more.",
  kept: "Its storage keeps what was written: the old key still opens it, so keep that key secret as before.",
  none: "The old key had been removed before.",
  unreachable:
    "Its storage does not answer: it gets the new envelope when the portal opens it; run this again then, with --new and the same file, and the old one goes.",
} as const;

function rotationText(
  { resealed, repositories }: Rotation,
  to: InstallationKey,
  { file, kept }: { file: string; kept: string | null },
): string {
  const count = Object.values(resealed).reduce((sum, one) => sum + one, 0);
  const lines = [
    `The installation key is ${idOf(to)} now; ${plural(count, "secret")} in the database sealed again.`,
    ...repositories.map(({ id, oldEnvelope }) => `Repository ${id}: ${OLD_ENVELOPE[oldEnvelope]}`),
    "",
  ];
  if (env.key !== null) lines.push(`Set HOLDFAST_KEY to the text in ${file} before the next start.`);
  else if (kept !== null) lines.push(`${join(env.home, "key")} holds it; the old one is kept as ${kept}.`);
  lines.push(
    `Put ${file} where you keep the key apart from this machine. Recovery kits on paper name the old key: print new ones.`,
  );
  lines.push("Copies of the database from before the change open with the old key only: keep it as long as them.");
  lines.push(...Object.values(DERIVED_SECRETS));
  return lines.join("\n");
}

function idOf(key: InstallationKey): string {
  return key.id.toString("hex");
}
