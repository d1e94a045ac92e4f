import { textOf, type Command } from "../frame/command";
import { columns, countWords, sizeWords } from "../frame/words";
import { openForManifests } from "../repository/open";
import { REPOSITORY_OPTIONS, STORAGE_CREDENTIALS_WORDS } from "../repository/options";
import { listSnapshots, snapshotFacts } from "../repository/snapshots";

/** Lists the snapshots of a repository; those whose manifest cannot be read are named, and the exit code is 1. */
export const snapshotLs: Command = {
  positionals: [],
  options: { ...REPOSITORY_OPTIONS, cluster: { value: "NAME", words: "only those of this cluster" } },
  details: STORAGE_CREDENTIALS_WORDS,

  async run({ values, signal, progress }) {
    progress.update("Reading manifests");
    const { snapshots, unreadable } = await listSnapshots(await openForManifests({ values }), signal);
    const cluster = textOf(values, "cluster");
    const facts = snapshots.map(snapshotFacts).filter((one) => cluster === null || one.cluster === cluster);
    const rows = facts.map((one) => [
      one.id,
      one.cluster,
      one.project ?? "-",
      one.takenAt,
      one.consistent ? "yes" : "no",
      countWords(one.documents),
      sizeWords(one.bytes),
    ]);
    const head = ["ID", "CLUSTER", "PROJECT", "TAKEN AT", "CONSISTENT", "DOCUMENTS", "SIZE"];
    const lines = rows.length > 0 ? [columns([head, ...rows], [5, 6])] : ["There are no snapshots."];
    lines.push(...unreadable.map(({ manifestId, code, message }) => `${manifestId}  ${code}: ${message}`));
    return { ok: unreadable.length === 0, facts: { snapshots: facts, unreadable }, text: lines.join("\n") };
  },
};
