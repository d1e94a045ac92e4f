import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { holdfast, type CommandOutput } from "@/server/testing/cli";
import { makeCliHome, type CliHome } from "@/server/testing/cli-home";
import { photograph, takeTestSnapshot, type NamespaceFacts } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";

const PEOPLE = 2000;
let cli: CliHome;
let target: TestServer;
let id: string;
let wanted: Record<string, NamespaceFacts>;

beforeAll(async () => {
  const [home, source] = await Promise.all([makeCliHome(), startTestServer()]);
  cli = home;
  target = await startTestServer();
  const shop = source.client.db("shop");
  const people = shop.collection<{ _id: number; name: string }>("people");
  await people.insertMany(Array.from({ length: PEOPLE }, (_, i) => ({ _id: i, name: `person ${(i * 7919) % 5000}` })));
  await people.createIndex({ name: 1 }, { name: "byName" });
  await shop.createCollection("log", { capped: true, size: 100_000 });
  await shop.collection("log").insertMany(Array.from({ length: 50 }, (_, i) => ({ line: 49 - i })));
  await shop.createCollection("few", { viewOn: "people", pipeline: [{ $match: { _id: { $lt: 5 } } }] });
  const { manifestId } = await takeTestSnapshot(source.client, cli.repository);
  id = (await cli.repository.readManifest(manifestId)).snapshotId;
  wanted = await photograph(source.client);
  await source.close();
});
beforeEach(async () => {
  await target.client.db("shop").dropDatabase();
  await target.client.db("shop").collection("old").insertOne({ keep: false });
});
afterAll(async () => {
  await target.close();
  cli.remove();
});

const restore = (args: string[] = [], env: Record<string, string> = {}): Promise<CommandOutput> =>
  holdfast(cli.home, ["snapshot", "restore", id, "--to", target.uri, "--yes", ...args], { env });

async function isBlocked(): Promise<boolean> {
  const { repl } = await target.client.db("admin").command({ serverStatus: 1 });
  return (repl as { userWriteBlockMode: number }).userWriteBlockMode === 2;
}

/** Flips one bit in the middle of the largest pack while `work` runs. */
async function withDamage(work: () => Promise<void>): Promise<void> {
  const pack = readdirSync(join(cli.folder, "packs"), { recursive: true, encoding: "utf8" })
    .map((name) => join(cli.folder, "packs", name))
    .filter((path) => statSync(path).isFile())
    .sort((a, b) => statSync(b).size - statSync(a).size)[0]!;
  const whole = readFileSync(pack);
  const damaged = Buffer.from(whole);
  damaged[whole.length >> 1]! ^= 1;
  chmodSync(pack, 0o600);
  writeFileSync(pack, damaged);
  try {
    await work();
  } finally {
    writeFileSync(pack, whole);
  }
}

describe("holdfast snapshot restore", { timeout: 120_000 }, () => {
  it("brings everything back, proven, and lifts the write block", async () => {
    const { code, stdout } = await restore();
    expect(stdout.toString()).toContain("2,050 documents of 2 collections restored");
    expect(stdout.toString()).toContain("Removed, because the snapshot does not have it: shop.old");
    expect(stdout.toString()).not.toContain(new URL(target.uri).password);
    expect(code).toBe(0);
    expect(await photograph(target.client)).toEqual(wanted);
    expect(await isBlocked()).toBe(false);
  });

  it("takes the target from the environment, where no other user reads its password", async () => {
    const args = ["snapshot", "restore", id, "--yes"];
    const neither = await holdfast(cli.home, args, { env: { HOLDFAST_TO: "" } });
    expect(neither.stderr).toContain("--to URI is missing, and HOLDFAST_TO is not set.");
    expect(neither.code).toBe(2);
    const { code, stdout } = await holdfast(cli.home, args, { env: { HOLDFAST_TO: target.uri } });
    expect(stdout.toString()).toContain("2,050 documents of 2 collections restored");
    expect(code).toBe(0);
    expect(await photograph(target.client)).toEqual(wanted);
  });

  it("asks first: without a terminal it wants --yes", async () => {
    const { code, stderr } = await holdfast(cli.home, ["snapshot", "restore", id, "--to", target.uri]);
    expect(stderr).toContain("--yes");
    expect(code).toBe(2);
    expect(Object.keys(await photograph(target.client))).toEqual(["shop.old"]);
  });

  it.each(["restore:batch-inserted", "restore:renamed-in", "restore:journalled-committed"])(
    "killed at %s is finished by calling it again",
    async (crashAt) => {
      const killed = await restore([], { HOLDFAST_TEST_SWITCHES: "1", HOLDFAST_CRASH_AT: crashAt });
      expect(killed.code).toBeNull();
      expect(await isBlocked()).toBe(true);
      const { code, stdout } = await restore(["--json"]);
      expect(JSON.parse(stdout.toString())).toMatchObject({ resumed: true, snapshotId: id, missing: [] });
      expect(code).toBe(0);
      expect(await photograph(target.client)).toEqual(wanted);
      expect(await isBlocked()).toBe(false);
    },
  );

  it("killed in the middle is put back by --roll-back, and nothing else is begun before that", async () => {
    const before = await photograph(target.client);
    await restore([], { HOLDFAST_TEST_SWITCHES: "1", HOLDFAST_CRASH_AT: "restore:renamed-in" });
    const other = await restore(["--skip-damaged"]);
    expect(other.stderr).toMatch(/^ATLAS_CLUSTER_RESTORE_IN_PROGRESS: .*--roll-back/m);
    expect(other.code).toBe(1);
    const { code, stdout } = await restore(["--roll-back"]);
    expect(stdout.toString()).toContain("is as it was before the restore");
    expect(code).toBe(0);
    expect(await photograph(target.client)).toEqual(before);
    expect(await isBlocked()).toBe(false);
  });

  it("puts everything back at Ctrl-C and lifts the block", async () => {
    const before = await photograph(target.client);
    const args = ["snapshot", "restore", id, "--to", target.uri, "--yes"];
    const { code, stderr } = await holdfast(cli.home, args, {
      // The target is in this process, so the restore cannot be done before the block is seen here.
      onStart: async (kill) => {
        while (!(await isBlocked())) await new Promise((resolve) => setTimeout(resolve, 1));
        kill("SIGINT");
      },
    });
    expect(await isBlocked()).toBe(false);
    expect(code).toBe(130);
    expect(stderr).toContain("RUN_CANCELLED");
    expect(await photograph(target.client)).toEqual(before);
  });

  it("refuses damage by its name and leaves the target alone; --skip-damaged restores the rest and says what is missing", async () => {
    await withDamage(async () => {
      const before = await photograph(target.client);
      const refused = await restore();
      expect(refused.stderr).toMatch(/^NODE_CORRUPT: node /m);
      expect(refused.stderr).toContain("--skip-damaged");
      expect(refused.code).toBe(1);
      expect(await photograph(target.client)).toEqual(before);
      const { code, stdout } = await restore(["--skip-damaged", "--json"]);
      expect(code).toBe(1);
      const facts = JSON.parse(stdout.toString()) as {
        missing: Array<{ namespace: string; documents: number; ranges: Array<{ afterId: string; lastId: string }> }>;
      };
      const [missing] = facts.missing as [(typeof facts.missing)[number]];
      expect(missing.namespace).toBe("shop.people");
      const { afterId, lastId } = missing.ranges[0]!;
      const found = await target.client
        .db("shop")
        .collection<{ _id: number }>("people")
        .find()
        .sort({ _id: 1 })
        .toArray();
      const left = Array.from({ length: PEOPLE }, (_, i) => i).filter(
        (i) => i <= Number(afterId) || i > Number(lastId),
      );
      expect(found.map(({ _id }) => _id)).toEqual(left);
      expect(PEOPLE - left.length).toBe(missing.documents);
      expect((await photograph(target.client))["shop.log"]).toEqual(wanted["shop.log"]);
    });
  });
});

describe("holdfast snapshot dump", { timeout: 120_000 }, () => {
  it("writes a file that appears whole, and the same to standard output", async () => {
    const file = join(cli.home, "dump.archive");
    const { code, stdout } = await holdfast(cli.home, ["snapshot", "dump", id, `--archive=${file}`, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout.toString())).toMatchObject({ file, documents: PEOPLE + 50, collections: 3, missing: [] });
    const archive = readFileSync(file);
    expect(archive.readUInt32LE(0)).toBe(0x8199e26d);
    const piped = await holdfast(cli.home, ["snapshot", "dump", id, "--archive", "--gzip"]);
    expect(piped.code).toBe(0);
    expect(gunzipSync(piped.stdout).equals(archive)).toBe(true);
    expect(piped.stderr).toContain("2,050 documents of 3 collections");
  });

  it("takes chosen parts only", async () => {
    const args = ["snapshot", "dump", id, "--archive", "--db", "shop", "--collection", "log"];
    const { code, stdout } = await holdfast(cli.home, args);
    expect(code).toBe(0);
    expect(stdout.includes("person 5")).toBe(false);
    const none = await holdfast(cli.home, ["snapshot", "dump", id, "--archive", "--db", "elsewhere"]);
    expect(none.code).toBe(2);
  });

  it("leaves no file behind when the snapshot is damaged", async () => {
    await withDamage(async () => {
      const file = join(cli.home, "damaged.archive");
      const { code, stderr } = await holdfast(cli.home, ["snapshot", "dump", id, `--archive=${file}`]);
      expect(stderr).toMatch(/^NODE_CORRUPT: /m);
      expect(code).toBe(1);
      expect(existsSync(file) || existsSync(`${file}.part`)).toBe(false);
      const rest = await holdfast(cli.home, ["snapshot", "dump", id, `--archive=${file}`, "--skip-damaged"]);
      expect(rest.stdout.toString()).toContain("Missing, because it is damaged in the repository:");
      expect(rest.code).toBe(1);
      expect(existsSync(file)).toBe(true);
    });
  });
});
