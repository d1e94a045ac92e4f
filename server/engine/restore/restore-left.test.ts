import type { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DomainError } from "@/server/platform/errors/domain-error";
import {
  MemoryJournal,
  openTestRepository,
  photograph,
  restoreInto,
  restoreOptions,
  takeTestSnapshot,
} from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import type { Repository } from "../repository";
import type { JournalPhase, JournalState } from "./journal";
import { fateOfRun } from "./fate";
import type { OnPoint } from "./points";
import { resumeRestore } from "./restore-snapshot";

/** A journal whose writing fails from a moment on. */
class BrokenJournal extends MemoryJournal {
  failing: { error: Error; from: JournalPhase; stores: boolean } | null = null;

  override async write(state: JournalState): Promise<void> {
    if (this.failing === null || state.phase !== this.failing.from) return super.write(state);
    if (this.failing.stores) await super.write(state);
    throw this.failing.error;
  }
}

const WITH_FAIL_POINTS = { version: "8.0.4", testCommands: true };

let source: TestServer;
let repository: Repository;
let manifestId: string;
let wanted: unknown;
beforeAll(async () => {
  [source, repository] = await Promise.all([startTestServer(), openTestRepository()]);
  const shop = source.client.db("shop");
  await shop.collection("a").insertOne({ fresh: 1, at: new Date() });
  await shop.collection("a").createIndex({ at: 1 }, { name: "expiring", expireAfterSeconds: 86_400 });
  await shop.collection("b").insertOne({ fresh: 2 });
  manifestId = (await takeTestSnapshot(source.client, repository)).manifestId;
  wanted = await photograph(source.client);
});
afterAll(() => source.close());

async function withTarget(work: (client: MongoClient, old: unknown) => Promise<void>): Promise<void> {
  const target = await startTestServer(WITH_FAIL_POINTS);
  try {
    await target.client.db("shop").collection("a").insertOne({ old: 1 });
    await work(target.client, await photograph(target.client));
  } finally {
    await target.close();
  }
}

const resume = (client: MongoClient, journal: MemoryJournal) =>
  resumeRestore(restoreOptions(client, repository, manifestId, { journal }));

function failAt(point: string): OnPoint {
  return (reached) => {
    if (reached === point) throw new Error("injected");
  };
}

describe("when the journal cannot be written", () => {
  it("puts nothing back and says that the run is left to be resumed", async () => {
    await withTarget(async (client) => {
      const journal = new BrokenJournal();
      journal.failing = { error: new Error("disk full"), from: "rollingBack", stores: false };
      const failed = restoreInto(client, repository, manifestId, { journal, onPoint: failAt("swapped") });
      await expect(failed).rejects.toMatchObject({ code: "RESTORE_NOT_UNDONE" });
      expect(fateOfRun(await journal.read())).toBe("resume");
      journal.failing = null;
      expect(await resume(client, journal)).not.toHaveProperty("rolledBack");
      expect(await photograph(client)).toEqual(wanted);
    });
  });

  it("says that the run is another's where that is why", async () => {
    await withTarget(async (client) => {
      const journal = new BrokenJournal();
      journal.failing = { error: new DomainError("RUN_LEASE_LOST"), from: "rollingBack", stores: false };
      const failed = restoreInto(client, repository, manifestId, { journal, onPoint: failAt("batch-inserted") });
      await expect(failed).rejects.toMatchObject({ code: "RUN_LEASE_LOST" });
    });
  });

  it("leaves a commit that may yet be stored to a resume, which commits", async () => {
    await withTarget(async (client) => {
      const journal = new BrokenJournal();
      journal.failing = { error: new Error("no answer"), from: "committed", stores: false };
      const failed = restoreInto(client, repository, manifestId, { journal });
      await expect(failed).rejects.toMatchObject({ code: "RESTORE_NOT_UNDONE" });
      expect((await journal.read())?.phase).toBe("swapping");
      journal.failing = null;
      expect(await resume(client, journal)).not.toHaveProperty("rolledBack");
      expect(await photograph(client)).toEqual(wanted);
    });
  });

  it("goes on with a commit that was stored although its answer was lost", async () => {
    await withTarget(async (client) => {
      const journal = new BrokenJournal();
      journal.failing = { error: new Error("no answer"), from: "committed", stores: true };
      await restoreInto(client, repository, manifestId, { journal });
      expect(await photograph(client)).toEqual(wanted);
    });
  });
});

/** 10107 NotWritablePrimary, 189 PrimarySteppedDown, 11602 InterruptedDueToReplStateChange, 8 is none of an election's. */
describe("after the commit", () => {
  it.each([
    ["drop", 10107, "CLUSTER_UNREACHABLE"],
    ["collMod", 189, "CLUSTER_UNREACHABLE"],
    ["listCollections", 11602, "CLUSTER_UNREACHABLE"],
    ["listCollections", 8, "RESTORE_NOT_UNDONE"],
  ])("%s that answers %i leaves the rest to a resume, which does it", async (command, errorCode, code) => {
    await withTarget(async (client) => {
      const journal = new MemoryJournal();
      const onPoint: OnPoint = async (reached) => {
        if (reached !== "journalled-committed") return;
        const data = { failCommands: [command], errorCode };
        await client.db("admin").command({ configureFailPoint: "failCommand", mode: { times: 1 }, data });
      };
      const stopped = restoreInto(client, repository, manifestId, { journal, onPoint });
      await expect(stopped).rejects.toMatchObject({ code });
      expect((await journal.read())?.phase).toBe("committed");
      expect(await resume(client, journal)).toMatchObject({ differences: [] });
      expect(await photograph(client)).toEqual(wanted);
    });
  });

  it("what the server refuses goes into the report, and the restore is done", async () => {
    await withTarget(async (client) => {
      const onPoint: OnPoint = async (reached) => {
        if (reached !== "journalled-committed") return;
        const data = { failCommands: ["collMod"], errorCode: 8 };
        await client.db("admin").command({ configureFailPoint: "failCommand", mode: { times: 1 }, data });
      };
      const result = await restoreInto(client, repository, manifestId, { onPoint });
      expect(result.differences).toMatchObject([{ namespace: "shop.a", what: expect.stringContaining("stayed off") }]);
    });
  });
});
