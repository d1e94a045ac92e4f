import { mendHeader } from "@/server/engine/repository/keys/mend-header";
import type { Command } from "../frame/command";
import { openStorage, repositoryUrl } from "../repository/locate";
import { installationKeyOf, REPOSITORY_OPTIONS, STORAGE_CREDENTIALS_WORDS } from "../repository/options";

/** Writes a repository's header again that is lost or damaged. */
export const repositoryMend: Command = {
  positionals: [],
  options: { storage: REPOSITORY_OPTIONS.storage, key: REPOSITORY_OPTIONS.key },
  details: `The header is one small object without which nothing opens. What it said is kept with the wrapped keys, so that it can be written again; a header that is whole is left alone.

${STORAGE_CREDENTIALS_WORDS}`,

  run: async ({ values }) => {
    const store = openStorage(await repositoryUrl(values));
    const { repositoryId, found } = await mendHeader(store, installationKeyOf(values));
    const text =
      found === "whole"
        ? `The header of repository ${repositoryId} is whole; nothing was changed.`
        : `The header of repository ${repositoryId} was ${found}; it is written again.`;
    return { ok: true, facts: { repositoryId, found }, text };
  },
};
