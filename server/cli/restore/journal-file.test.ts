import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resumeRestore, restoreSnapshot } from "@/server/engine/restore/restore-snapshot";
import { openTestRepository, photograph, restoreOptions, takeTestSnapshot } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { JournalFile } from "./journal-file";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const IDENTITY = { repositoryId: "r", snapshotId: "s", skipDamaged: false };
const open = () => JournalFile.open(folder, "rs:x", IDENTITY, new AbortController().signal);

describe("a commit that could not be written to the file", () => {
  let source: TestServer;
  let target: TestServer;
  beforeEach(async () => {
    [source, target] = await Promise.all([startTestServer(), startTestServer()]);
  });
  afterEach(async () => {
    await Promise.all([source.close(), target.close()]);
  });

  it("is no commit: the old data is there until the next command has decided", async () => {
    const repository = await openTestRepository();
    await source.client.db("shop").collection("both").insertOne({ fresh: 1 });
    await source.client.db("shop").collection("onlyInSnapshot").insertOne({ fresh: 1 });
    await target.client.db("shop").collection("both").insertOne({ old: 1 });
    const { manifestId } = await takeTestSnapshot(source.client, repository);
    const wanted = await photograph(source.client);
    const old = await photograph(target.client);

    const journal = open();
    const draft = `${journal.path}.part`;
    const first = restoreSnapshot(
      restoreOptions(target.client, repository, manifestId, {
        journal,
        runId: journal.runId,
        // From here on nothing can be written, as on a full disk.
        onPoint: (point) => void (point === "before-commit" && mkdirSync(draft)),
      }),
    );
    await expect(first).rejects.toThrow();
    expect(JSON.parse(readFileSync(journal.path, "utf8"))).toMatchObject({ state: { phase: "swapping" } });
    journal.close();
    rmdirSync(draft);

    const again = open();
    expect(again).toMatchObject({ wasLeft: true, runId: journal.runId });
    const options = { journal: again, runId: again.runId };
    await resumeRestore(restoreOptions(target.client, repository, manifestId, options)).catch(() => undefined);
    again.close();
    expect([wanted, old]).toContainEqual(await photograph(target.client));
  });
});

describe("a journal that is open", () => {
  const IN_PROGRESS = expect.objectContaining({ code: "ATLAS_CLUSTER_RESTORE_IN_PROGRESS" }) as unknown;

  it("is opened by nobody else, by the same process neither, until it is closed", () => {
    const journal = open();
    expect(open).toThrow(IN_PROGRESS);
    journal.close();
    open().close();
    expect(readdirSync(join(folder, "restores"))).toEqual([]);
  });

  it("is another process's while that one lives, also where it is stopped, and free when it was killed", async () => {
    const { path } = open();
    rmSync(join(folder, "restores"), { recursive: true });
    const other = await holdElsewhere(path);
    try {
      expect(open).toThrow(IN_PROGRESS);
      other.kill("SIGSTOP");
      expect(open).toThrow(IN_PROGRESS);
    } finally {
      other.kill("SIGKILL");
      await once(other, "exit");
    }
    open().close();
  });
});

/** A process that has the file in hand until it is killed. */
async function holdElsewhere(path: string): Promise<ChildProcess> {
  const source = new URL("./hold.ts", import.meta.url).href;
  const script = `const { hold } = await import(${JSON.stringify(source)});
    process.stdout.write(hold(${JSON.stringify(path)}) ? "held" : "refused");
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  expect(said.toString()).toBe("held");
  return child;
}
