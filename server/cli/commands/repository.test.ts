import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openObjectStore, readObject } from "@/server/engine/storage";
import { FAKE_S3_USER, FakeS3 } from "@/server/engine/storage/testing/fake-s3";
import { holdfast } from "@/server/testing/cli";
import { makeCliHome, type CliHome } from "@/server/testing/cli-home";
import { takeTestSnapshot } from "@/server/testing/restore-kit";
import { startTestServer } from "@/server/testing/wire-server";

let cli: CliHome;
const snapshotIds: string[] = [];
beforeAll(async () => {
  const [home, source] = await Promise.all([makeCliHome(), startTestServer()]);
  cli = home;
  const people = source.client.db("shop").collection<{ _id: number; name: string }>("people");
  await people.insertMany(Array.from({ length: 2000 }, (_, i) => ({ _id: i, name: `person ${(i * 7919) % 5000}` })));
  for (const name of ["first", "second"]) {
    await people.updateOne({ _id: 7 }, { $set: { name } });
    const { manifestId } = await takeTestSnapshot(source.client, cli.repository);
    snapshotIds.push((await cli.repository.readManifest(manifestId)).snapshotId);
  }
  await source.close();
});
afterAll(() => cli.remove());

async function json(...args: string[]): Promise<{ code: number | null; facts: Record<string, unknown> }> {
  const { code, stdout, stderr } = await holdfast(cli.home, [...args, "--json"]);
  return { code, facts: JSON.parse(stdout.length > 0 ? stdout.toString() : stderr) as Record<string, unknown> };
}

describe("holdfast, with neither portal nor PostgreSQL,", { timeout: 120_000 }, () => {
  it("lists snapshots", async () => {
    const plain = await holdfast(cli.home, ["snapshot", "ls"]);
    expect(plain).toMatchObject({ code: 0, stderr: "" });
    expect(plain.stdout.toString().split("\n")[0]).toMatch(
      /^ID +CLUSTER +PROJECT +TAKEN AT +CONSISTENT +DOCUMENTS +SIZE$/,
    );
    for (const id of snapshotIds) expect(plain.stdout.toString()).toContain(id);
    const { code, facts } = await json("snapshot", "ls");
    expect(code).toBe(0);
    expect(facts.unreadable).toEqual([]);
    expect((facts.snapshots as Array<{ id: string }>).map(({ id }) => id)).toEqual(snapshotIds);
    expect((await json("snapshot", "ls", "--cluster", "another")).facts.snapshots).toEqual([]);
  });

  it("counts a repository", async () => {
    const { code, stdout } = await holdfast(cli.home, ["repository", "stats"]);
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^Snapshots +2$/m);
    const { facts } = await json("repository", "stats", "--storage", cli.folder, "--key", cli.keyFile);
    expect(facts).toMatchObject({ snapshots: 2, unreferencedNodes: 0, logicalDocuments: 4000, damagedPacks: [] });
    expect(facts.dedupRatio).toBeGreaterThan(2);
  });

  it("checks a repository that is well", async () => {
    const quick = await holdfast(cli.home, ["repository", "check"]);
    expect(quick).toMatchObject({ code: 0, stderr: "" });
    expect(quick.stdout.toString()).toContain("All is well.");
    const { code, facts } = await json("repository", "check", "--read-data");
    expect(code).toBe(0);
    expect(facts).toMatchObject({ ok: true, readData: true, snapshots: 2, faultCount: 0 });
    expect(facts.nodes).toBe(facts.nodesListed);
  });

  it("names what damage affects, and ends with 1", async () => {
    const pack = largestPack();
    const whole = readFileSync(pack);
    const damaged = Buffer.from(whole);
    damaged[whole.length >> 1]! ^= 1;
    chmodSync(pack, 0o600);
    writeFileSync(pack, damaged);
    try {
      const { code, stdout } = await holdfast(cli.home, ["repository", "check", "--read-data"]);
      expect(code).toBe(1);
      expect(stdout.toString()).toContain("NODE_CORRUPT: node ");
      for (const id of snapshotIds) expect(stdout.toString()).toContain(`Snapshot ${id} of shop`);
      expect(stdout.toString()).toMatch(
        / {2}shop\.people: \d+ of 2,000 documents affected\n {4}\d+ documents with _id after \d+ up to \d+/,
      );
      const { facts } = await json("repository", "check", "--read-data");
      expect(facts).toMatchObject({ ok: false, faultCount: 1 });
    } finally {
      writeFileSync(pack, whole);
    }
  });

  it("says which key or storage is wrong, as words and as JSON", async () => {
    const wrongKey = join(cli.home, "other-key");
    writeFileSync(wrongKey, "another key of another installation\n");
    const plain = await holdfast(cli.home, ["snapshot", "ls", "--key", wrongKey]);
    expect(plain.code).toBe(1);
    expect(plain.stderr).toMatch(/^REPOSITORY_KEY_WRONG: /);
    expect(plain.stdout.toString()).toBe("");
    const { code, facts } = await json("repository", "check", "--storage", join(cli.home, "nothing"));
    expect(code).toBe(1);
    expect(facts).toMatchObject({ error: { code: "REPOSITORY_NOT_FOUND" } });
  });

  it("reads an object store, with credentials from the environment and a home that has nothing", async () => {
    const fake = new FakeS3();
    const endpoint = await fake.start({ backups: { hasLocks: false } });
    const home = mkdtempSync(join(tmpdir(), "holdfast-cli-"));
    try {
      const url = `s3://backups/shop?pathStyle=1&endpoint=${endpoint}`;
      const { id: accessKeyId, secret: secretAccessKey } = FAKE_S3_USER;
      const remote = openObjectStore(url, { credentials: { kind: "s3", accessKeyId, secretAccessKey } });
      const local = cli.repository.store;
      for await (const { name } of local.list("")) await remote.put(name, await readObject(local, name));
      const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
      const options = ["--storage", url, "--key", cli.keyFile];
      for (const args of [
        ["snapshot", "ls"],
        ["repository", "check", "--read-data"],
        ["repository", "stats"],
      ]) {
        const { code, stderr } = await holdfast(home, [...args, ...options], { env });
        expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
      }
      const refused = await holdfast(home, ["snapshot", "ls", ...options], {
        env: { ...env, AWS_SECRET_ACCESS_KEY: "a wrong secret" },
      });
      expect(refused.code).toBe(1);
      expect(refused.stderr).not.toContain("a wrong secret");
    } finally {
      await fake.stop();
      rmSync(home, { recursive: true, force: true });
    }
  });

  it("ends with 2 and the usage for what it does not understand", async () => {
    const calls: Array<[string[], RegExp]> = [
      [["snapshot", "ls", "--bogus"], /Unknown option '--bogus'/],
      [["snapshot", "dump"], /ID is missing/],
      [["snapshot", "frobnicate"], /no command "snapshot frobnicate"/],
      [["snapshot", "restore", snapshotIds[0]!], /--to URI is missing/],
    ];
    for (const [args, words] of calls) {
      const { code, stderr } = await holdfast(cli.home, args);
      expect(stderr).toMatch(words);
      expect(stderr).toContain("Usage: holdfast");
      expect(code).toBe(2);
    }
    const help = await holdfast(cli.home, ["repository", "check", "--help"]);
    expect(help.code).toBe(0);
    expect(help.stdout.toString()).toContain("--read-data");
  });
});

function largestPack(): string {
  const packs = readdirSync(join(cli.folder, "packs"), { recursive: true, encoding: "utf8" })
    .map((name) => join(cli.folder, "packs", name))
    .filter((path) => statSync(path).isFile());
  return packs.sort((a, b) => statSync(b).size - statSync(a).size)[0]!;
}
