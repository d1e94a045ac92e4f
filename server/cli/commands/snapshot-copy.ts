import { copySnapshot } from "@/server/engine/repository/copy";
import { textOf, type Command } from "../frame/command";
import { UsageError } from "../frame/usage-error";
import { countWords, plural, sizeWords } from "../frame/words";
import { withRepository } from "../repository/open";
import { REPOSITORY_OPTIONS, STORAGE_CREDENTIALS_WORDS } from "../repository/options";
import { findSnapshot, listSnapshots } from "../repository/snapshots";
import { TARGET_OPTIONS, withTarget } from "../repository/target";

/** Copies a snapshot to a second place, from which it can be restored when the first one is gone. */
export const snapshotCopy: Command = {
  positionals: ["ID"],
  options: { ...TARGET_OPTIONS, ...REPOSITORY_OPTIONS },
  details:
    "The copy needs nothing of the place that it came from. Copying another snapshot later stores only what the second place " +
    `has not; a copy that was interrupted goes on when the command is given again. ${STORAGE_CREDENTIALS_WORDS}`,

  async run(input) {
    const [id = ""] = input.positionals;
    const to = textOf(input.values, "to");
    if (to === null) throw new UsageError("Say where to copy to: --to URL.");
    return withRepository(input, async ({ repository: from }) => {
      const { manifestId, manifest } = await findSnapshot(from, id, input.signal);
      return withTarget(input, async ({ repository: target, isNew }) => {
        const { snapshots } = await listSnapshots(target, input.signal);
        const copied = snapshots.find((one) => one.manifest.snapshotId === manifest.snapshotId);
        const facts = { snapshotId: manifest.snapshotId, repositoryId: target.id, to, isNew };
        if (copied) {
          const text = `Snapshot ${manifest.snapshotId} is there already, in repository ${target.id}.`;
          return { ok: true, facts: { ...facts, manifestId: copied.manifestId, newNodes: 0, storedBytes: 0 }, text };
        }
        const result = await copySnapshot({
          from,
          to: target,
          manifestId,
          signal: input.signal,
          onProgress: ({ nodes, bytes }) =>
            input.progress.update(`Copying: ${countWords(nodes)} nodes, ${sizeWords(bytes)}`),
        });
        const made = isNew ? `a new repository, ${target.id}` : `repository ${target.id}`;
        const stored = `${plural(result.newNodes, "node")} of ${countWords(result.nodes)} stored, ${sizeWords(result.storedBytes)}`;
        const text = `Snapshot ${manifest.snapshotId} is copied to ${made}: ${stored}.`;
        return { ok: true, facts: { ...facts, ...result }, text };
      });
    });
  },
};
