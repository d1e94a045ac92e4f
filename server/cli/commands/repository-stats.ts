import { countRepository } from "@/server/engine/repository/check/statistics";
import type { Command } from "../frame/command";
import { columns, countWords, percentWords, sizeWords } from "../frame/words";
import { withRepository } from "../repository/open";
import { REPOSITORY_OPTIONS, STORAGE_CREDENTIALS_WORDS } from "../repository/options";

/** Says what a repository holds and what it costs. */
export const repositoryStats: Command = {
  positionals: [],
  options: REPOSITORY_OPTIONS,
  details: STORAGE_CREDENTIALS_WORDS,

  run: (input) =>
    withRepository(input, async ({ repository, index, refresh }) => {
      const { signal, progress } = input;
      const onProgress = (snapshots: number) => progress.update(`Walking trees: ${countWords(snapshots)} snapshots`);
      const statistics = await countRepository(repository, index, { signal, onProgress });
      const damagedPacks = refresh.damaged;
      const { unreferencedBytes, unreferencedShare, dedupRatio } = statistics;
      const rows = [
        ["Repository", repository.id],
        ["Snapshots", countWords(statistics.snapshots)],
        ["Packs", countWords(statistics.packs)],
        ["Stored", sizeWords(statistics.storedBytes)],
        ["Nodes", countWords(statistics.nodes)],
        [
          "Logical size",
          `${sizeWords(statistics.logicalBytes)} in ${countWords(statistics.logicalDocuments)} documents`,
        ],
        ["Unreferenced", `${sizeWords(unreferencedBytes)} (${percentWords(unreferencedShare)})`],
        ["Logical : stored", dedupRatio === null ? "-" : `${dedupRatio.toFixed(2)} : 1`],
      ];
      const wrong = [
        ...damagedPacks.map(({ code, message }) => `${code}: ${message}`),
        ...(statistics.unreadableSnapshots > 0 ? [`${statistics.unreadableSnapshots} manifests cannot be read`] : []),
      ];
      const hint = wrong.length > 0 ? ["", ...wrong, "holdfast repository check says what that affects."] : [];
      return {
        ok: wrong.length === 0,
        facts: { repositoryId: repository.id, ...statistics, damagedPacks },
        text: [columns(rows), ...hint].join("\n"),
      };
    }),
};
