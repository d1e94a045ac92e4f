import { checkRepository, type CheckProgress } from "@/server/engine/repository/check/check";
import { refreshLocalIndex } from "@/server/engine/repository/node-index/refresh-local-index";
import type { Command } from "../frame/command";
import { countWords, sizeWords } from "../frame/words";
import { checkText } from "../repository/check-text";
import { withRepository } from "../repository/open";
import { REPOSITORY_OPTIONS, STORAGE_CREDENTIALS_WORDS } from "../repository/options";

/** Looks whether everything is there and as it was written, and names what damage affects. */
export const repositoryCheck: Command = {
  positionals: [],
  options: {
    ...REPOSITORY_OPTIONS,
    "read-data": { words: "read, decrypt and verify every node, not the inner nodes of trees alone" },
  },
  details: `Reads the list and length of every pack, every manifest and the inner nodes of every tree, and looks up all leaves. What is wrong is named with the snapshots, collections and documents that it affects; nothing is changed.

${STORAGE_CREDENTIALS_WORDS}`,

  run: (input) =>
    withRepository(
      input,
      async ({ repository, index }) => {
        const { signal, progress, values } = input;
        const { report } = await checkRepository(repository, {
          readData: values["read-data"] === true,
          signal,
          distrust: (nodeId, packId) => index.distrust(nodeId, packId),
          refresh: () => refreshLocalIndex(repository, index, { signal, keepGone: true }),
          onProgress: (state) => progress.update(progressWords(state), partOf(state)),
        });
        // What is missing stays known by its pack's name until the damage is mended.
        const keepGone = report.faultCount > 0;
        await refreshLocalIndex(repository, index, { signal, keepGone, reread: report.indexProblemCount > 0 });
        return { ok: report.ok, facts: { repositoryId: repository.id, ...report }, text: checkText(report) };
      },
      { keepGone: true },
    ),
};

function progressWords({ step, done, bytes }: CheckProgress): string {
  const words = { packs: "Lists of packs", snapshots: "Manifests", nodes: "Nodes" };
  return `${words[step]}: ${countWords(done)}${step === "nodes" ? `, ${sizeWords(bytes)} read` : ""}`;
}

function partOf({ done, total }: CheckProgress): number | null {
  return total === null || total === 0 ? null : done / total;
}
