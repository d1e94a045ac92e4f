import { dumpSnapshot } from "@/server/engine/dump/dump-snapshot";
import { textOf, type Command, type OptionValues } from "../frame/command";
import { plural, sizeWords } from "../frame/words";
import { UsageError } from "../frame/usage-error";
import { writeToFile, writeToStdout } from "../repository/dump-target";
import { REPOSITORY_OPTIONS, STORAGE_CREDENTIALS_WORDS } from "../repository/options";
import { damageText, withIntact } from "../repository/intact";

/** Writes a snapshot as an archive for `mongorestore --archive`. */
export const snapshotDump: Command = {
  positionals: ["ID"],
  options: {
    ...REPOSITORY_OPTIONS,
    archive: { value: "FILE", optionalValue: true, words: "write the archive to FILE, else to standard output" },
    gzip: { words: "compress it; mongorestore then wants --gzip as well" },
    db: { value: "NAME", words: "only this database" },
    collection: { value: "NAME", words: "only this collection; needs --db" },
    "skip-damaged": { words: "leave out what is damaged instead of failing, and say what is missing; exit code 1" },
  },
  details: `ID is a snapshot's id as "holdfast snapshot ls" prints it. Load the archive with "mongorestore --archive=FILE". A file appears under its name when it is complete; until then it is FILE.part. An archive on standard output that was cut short has no end mark, and mongorestore refuses it. Users and roles are not in snapshots.

${STORAGE_CREDENTIALS_WORDS}`,

  async run(input) {
    const { values, positionals, signal, progress } = input;
    const file = textOf(values, "archive");
    if (file === null) throw new UsageError("--archive or --archive=FILE is missing.");
    const include = filterOf(values);
    return withIntact(input, positionals[0]!, async ({ repository, manifest, damage }) => {
      const done = { documents: 0, bytes: 0 };
      const content = dumpSnapshot(repository, manifest, {
        signal,
        include,
        onProgress: ({ collection, documents, bytes }) => {
          done.documents += documents;
          done.bytes += bytes;
          progress.update(
            `${collection} ${sizeWords(done.bytes)}`,
            content.bytes > 0 ? done.bytes / content.bytes : null,
          );
        },
      });
      if (content.collections.length === 0) throw new UsageError("The snapshot has no such database or collection.");
      const gzip = values.gzip === true;
      const written =
        file === "" ? await writeToStdout(content.archive, gzip) : await writeToFile(content.archive, gzip, file);
      const where = file === "" ? "standard output" : file;
      const facts = {
        snapshotId: manifest.snapshotId,
        file: file === "" ? null : file,
        collections: content.collections.length,
        ...done,
        archiveBytes: written,
        missing: damage,
      };
      const text = `${plural(done.documents, "document")} of ${plural(content.collections.length, "collection")} in ${where}, ${sizeWords(written)}.`;
      const lines = [text, ...damageText(damage)];
      return { ok: damage.length === 0, facts, text: lines.join("\n"), goesTo: file === "" ? "stderr" : "stdout" };
    });
  },
};

function filterOf(values: OptionValues): ((collection: { database: string; name: string }) => boolean) | undefined {
  const db = textOf(values, "db");
  const name = textOf(values, "collection");
  if (name !== null && db === null) throw new UsageError("--collection needs --db.");
  if (db === null) return undefined;
  return (collection) => collection.database === db && (name === null || collection.name === name);
}
