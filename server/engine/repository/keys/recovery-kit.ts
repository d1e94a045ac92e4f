import type { ObjectStore } from "../../storage";
import { DomainError } from "@/server/platform/errors/domain-error";
import { envelopeName, listEnvelopes, parseEnvelope, type KeyWrapper } from "./key-envelope";

/** What belongs on paper beside an installation key, never with it on one page: enough to restore with nothing else. */
export interface RecoveryKit {
  repositoryId: string;
  /** Without credentials. */
  location: string;
  /** Which installation key opens it. */
  keyId: string;
  /** The object that the envelope is, for writing it again where it is lost. */
  envelopeName: string;
  /** The envelope's text; long values in groups, as a person copies them from paper. */
  envelope: string;
  commands: KitCommand[];
  /** Environment variables that the commands need for this kind of storage. */
  credentials: string[];
}

export interface KitCommand {
  words: string;
  command: string;
}

const GROUP = 4;
const CREDENTIALS: Record<string, string[]> = {
  "s3:": ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
  "azblob:": ["AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN"],
  "gs:": ["GOOGLE_APPLICATION_CREDENTIALS"],
};

/**
 * The kit of the repository in a store, for the installation key of this wrapper. Reads the envelope and unwraps nothing.
 * Throws REPOSITORY_KEY_WRONG when the store holds no envelope for it, KEY_ENVELOPE_CORRUPT, STORAGE_UNAVAILABLE.
 */
export async function readRecoveryKit(
  store: ObjectStore,
  wrapper: Pick<KeyWrapper, "id">,
  location: string,
): Promise<RecoveryKit> {
  const keyId = wrapper.id.toString("hex");
  const found = (await listEnvelopes(store)).find((envelope) => envelope.keyId === keyId);
  if (!found) {
    const message = `the repository has no envelope for the installation key ${keyId}`;
    throw new DomainError("REPOSITORY_KEY_WRONG", { message });
  }
  const envelope = parseEnvelope(Buffer.from(found.text));
  const grouped = { ...envelope, idKey: inGroups(envelope.idKey), encryptionKey: inGroups(envelope.encryptionKey) };
  return {
    repositoryId: envelope.repositoryId,
    location,
    keyId,
    envelopeName: envelopeName(wrapper),
    envelope: JSON.stringify(grouped, null, 1),
    commands: commandsFor(location),
    credentials: CREDENTIALS[new URL(location).protocol] ?? [],
  };
}

function inGroups(text: string): string {
  return text.match(new RegExp(`.{1,${GROUP}}`, "g"))!.join(" ");
}

function commandsFor(location: string): KitCommand[] {
  const place = `--storage '${location.replaceAll("'", `'\\''`)}' --key KEYFILE`;
  return [
    { words: "List the snapshots", command: `npx holdfast snapshot ls ${place}` },
    {
      words: "Restore one into a server, without a portal",
      command: `HOLDFAST_TO='mongodb://…' npx holdfast snapshot restore ID ${place}`,
    },
    { words: "Look whether everything is well", command: `npx holdfast repository check --read-data ${place}` },
    { words: "Rebuild the catalogue of an empty installation", command: `npx holdfast repository adopt ${place}` },
  ];
}

/** The kit as plain text, for a printer. */
export function recoveryKitText(kit: RecoveryKit): string {
  const lines = [
    "HOLDFAST RECOVERY KIT",
    "",
    `Repository        ${kit.repositoryId}`,
    `Location          ${kit.location}`,
    `Installation key  ${kit.keyId} (its id; the key itself is not on this page, keep it elsewhere)`,
    "",
    "WHAT IT NEEDS",
    "A machine with Node 20.19 or newer and a copy of Holdfast; the storage above; the installation key in a file",
    "(KEYFILE below) whose content is the text of HOLDFAST_KEY, or of the file `key` in the installation's folder.",
    ...(kit.credentials.length > 0 ? [`In the environment: ${kit.credentials.join(", ")}.`] : []),
    "",
    "HOW",
    ...kit.commands.flatMap(({ words, command }) => [`${words}:`, `    ${command}`]),
    "",
    "THE WRAPPED KEYS",
    `The storage holds them as ${kit.envelopeName}. If that object is lost, put this text there, or into a file of that`,
    "name; spaces and line ends do not matter.",
    kit.envelope,
  ];
  return lines.join("\n");
}
