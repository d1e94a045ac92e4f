import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { makeCliHome } from "@/server/testing/cli-home";
import { takeTestSnapshot } from "@/server/testing/restore-kit";
import { assertSameContents, fillDatabase, readContents, type DatabaseContents } from "../contents";
import type { EmbeddedCluster } from "../embedded";
import { findMongoTools } from "../install";
import { repositoryRoot, runOrThrow } from "../programs";
import type { Report } from "../report";

const PROGRAM = "mongodump and mongorestore";
const DATABASE = "interop_tools";
const holdfast = join(repositoryRoot, "server/cli/holdfast.mjs");

/** Dumps a database of the embedded server in each format, and loads it back: every byte, option and index is there. */
export async function checkMongoTools(report: Report, cluster: EmbeddedCluster): Promise<void> {
  const found = findMongoTools();
  if ("absent" in found) return report.skip(PROGRAM, found.absent);
  const { mongodump, mongorestore } = found.program;
  const folder = mkdtempSync(join(tmpdir(), "holdfast-dump-"));
  const client = new MongoClient(cluster.uri);
  const db = client.db(DATABASE);
  let original: DatabaseContents = {};

  const dump = (...args: string[]) => runOrThrow(mongodump, ["--uri", cluster.uri, "--db", DATABASE, ...args]);
  const restore = (...args: string[]) => runOrThrow(mongorestore, ["--uri", cluster.uri, ...args]);
  const compare = async (name: string) => assertSameContents(await readContents(client.db(name)), original);

  try {
    const isFilled = await report.check(PROGRAM, "the server holds what is to be dumped", async () => {
      await fillDatabase(db);
      original = await readContents(db);
    });
    if (!isFilled) return;
    await report.check(PROGRAM, "a directory dump loads into another database, byte by byte", async () => {
      const out = join(folder, "directory");
      await dump("--out", out);
      await restore("--nsFrom", `${DATABASE}.*`, "--nsTo", `${DATABASE}_copy.*`, out);
      await compare(`${DATABASE}_copy`);
      await client.db(`${DATABASE}_copy`).dropDatabase();
    });
    await report.check(PROGRAM, "--archive --gzip brings a dropped database back, byte by byte", async () => {
      const archive = join(folder, "dump.archive.gz");
      await dump(`--archive=${archive}`, "--gzip");
      await db.dropDatabase();
      await restore(`--archive=${archive}`, "--gzip");
      await compare(DATABASE);
    });
    await report.check(PROGRAM, "--drop replaces what was changed since", async () => {
      const archive = join(folder, "dump.archive.gz");
      await db.collection("people").deleteMany({ age: { $lt: 40 } });
      await db.collection("people").updateMany({}, { $set: { age: -1 } });
      await restore(`--archive=${archive}`, "--gzip", "--drop");
      await compare(DATABASE);
    });
    await report.check(
      PROGRAM,
      "archives of holdfast snapshot dump load from a file, compressed and through a pipe, byte by byte",
      async () => {
        const { home, snapshotId, remove } = await snapshotInFolder(client);
        try {
          for (const compression of [[], ["--gzip"]]) {
            const archive = join(folder, `holdfast${compression.join("")}.archive`);
            await runHoldfast(home, ["snapshot", "dump", snapshotId, `--archive=${archive}`, ...compression]);
            await db.dropDatabase();
            await restore(`--archive=${archive}`, "--nsInclude", `${DATABASE}.*`, ...compression);
            await compare(DATABASE);
          }
          await db.dropDatabase();
          const pipe = '"$0" "$1" snapshot dump "$2" --archive | "$3" --uri "$4" --archive --nsInclude "$5"';
          const words = [process.execPath, holdfast, snapshotId, mongorestore, cluster.uri, `${DATABASE}.*`];
          await runOrThrow("/bin/sh", ["-c", pipe, ...words], { env: { HOLDFAST_HOME: home } });
          await compare(DATABASE);
        } finally {
          remove();
        }
      },
    );
  } finally {
    await db.dropDatabase().catch(() => undefined);
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A home with key and repository, and in it a snapshot of all that the server holds. */
async function snapshotInFolder(
  client: MongoClient,
): Promise<{ home: string; snapshotId: string; remove: () => void }> {
  const { home, repository, remove } = await makeCliHome();
  const { manifestId } = await takeTestSnapshot(client, repository);
  const { snapshotId } = await repository.readManifest(manifestId);
  return { home, snapshotId, remove };
}

function runHoldfast(home: string, args: string[]): Promise<string> {
  return runOrThrow(process.execPath, [holdfast, ...args], { env: { HOLDFAST_HOME: home } });
}
