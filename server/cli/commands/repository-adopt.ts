import { adoptRepository, type Adoption } from "@/server/domain/repositories/adopt/adopt-repository";
import { credentialsFromEnv, parseStorageUrl } from "@/server/engine/storage";
import { textOf, type Command } from "../frame/command";
import { plural } from "../frame/words";
import { withInstallation } from "../installation";
import { repositoryUrl } from "../repository/locate";
import { installationKeyOf, REPOSITORY_OPTIONS, STORAGE_CREDENTIALS_WORDS } from "../repository/options";

/** Rebuilds the catalogue of this installation from a repository and its key. */
export const repositoryAdopt: Command = {
  positionals: [],
  options: {
    storage: REPOSITORY_OPTIONS.storage,
    key: REPOSITORY_OPTIONS.key,
    owner: {
      value: "EMAIL",
      words: "who owns the organization where the installation has people, but none in it; else its first person will",
    },
  },
  details: `Makes organization, projects, clusters, snapshots and the index of a repository again in the database of this installation (HOLDFAST_HOME), which may be running. --key is the key of the installation that wrote the repository, where this one has another. What is there already stays as it is, so it may be done again. Clusters have to be connected again afterwards; nothing ends within the next seven days.

${STORAGE_CREDENTIALS_WORDS}`,

  run: async ({ values, signal, progress }) => {
    const location = await repositoryUrl(values);
    const credentials = credentialsFromEnv(parseStorageUrl(location), process.env);
    const key = installationKeyOf(values);
    const note = (words: string) => progress.note(words);
    const adoption = await withInstallation({ alone: false, note }, (db) =>
      adoptRepository({
        ...{ db, location, credentials, key, signal, ownerEmail: textOf(values, "owner") },
        onProgress: (words, part) => progress.update(words, part),
      }),
    );
    return { ok: adoption.ok, facts: adoption, text: adoptionText(adoption) };
  },
};

function adoptionText(adoption: Adoption): string {
  const { organization, found, inserted, damagedManifests, damagedPacks, envelopeRefused } = adoption;
  const lines = [
    `Repository ${adoption.repositoryId} of organization ${organization.name}: ${plural(adoption.packs, "pack")}, ${plural(adoption.nodes, "node")}.`,
    `Found ${things(found)}.`,
    isNothing(adoption) ? "All of it was here already; nothing was changed." : `Made ${things(inserted)}.`,
  ];
  for (const { code, message } of damagedManifests) lines.push(`${code}: ${message}. That snapshot is not listed.`);
  for (const { code, message } of damagedPacks)
    lines.push(`${code}: ${message}. "holdfast repository check" says what needs it.`);
  if (envelopeRefused !== null) {
    lines.push(
      `The storage takes no envelope for this installation's key (${envelopeRefused}): keep the old key, too.`,
    );
  }
  if (adoption.needsOwner) {
    lines.push("Nobody belongs to the organization yet: run this again with --owner EMAIL, of a person who is here.");
  }
  if (inserted.clusters > 0) {
    lines.push("", "Next: open the portal, become the owner where nobody is yet, and connect the clusters again.");
  }
  return lines.join("\n");
}

function things({ projects, clusters, snapshots }: Adoption["found"]): string {
  return `${plural(projects, "project")}, ${plural(clusters, "cluster")} and ${plural(snapshots, "snapshot")}`;
}

function isNothing({ inserted }: Adoption): boolean {
  return !Object.values(inserted).some(Boolean);
}
