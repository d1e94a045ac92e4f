import { readRecoveryKit, recoveryKitText } from "@/server/engine/repository/keys/recovery-kit";
import type { Command } from "../frame/command";
import { repositoryUrl } from "../repository/locate";
import { openForManifests } from "../repository/open";
import { installationKeyOf, REPOSITORY_OPTIONS, STORAGE_CREDENTIALS_WORDS } from "../repository/options";

/** Prints the recovery kit, for people without the portal. */
export const repositoryKit: Command = {
  positionals: [],
  options: { storage: REPOSITORY_OPTIONS.storage, key: REPOSITORY_OPTIONS.key },
  details: `The page holds the repository's id, its location and its wrapped keys; with the installation key, which is never on it, that is all a restore needs. The key is tried first, so that the page is known to work.

${STORAGE_CREDENTIALS_WORDS}`,

  run: async ({ values }) => {
    const repository = await openForManifests({ values });
    const kit = await readRecoveryKit(repository.store, installationKeyOf(values), await repositoryUrl(values));
    return { ok: true, facts: kit, text: recoveryKitText(kit) };
  },
};
