import { MongoClient, type CommandStartedEvent } from "mongodb";
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
import type { RestoreOptions } from "./context";
import type { JournalState } from "./journal";
import { RESTORE_POINTS, ROLLBACK_POINTS, type OnPoint } from "./points";
import { resumeRestore } from "./restore-snapshot";

/** A worker's hold on the run, and a successor's: from `lose` on the first one is refused, as RunLease does it. */
class Fenced extends MemoryJournal {
  isLost = false;
  constructor(private readonly shared: MemoryJournal) {
    super();
  }
  assertHeld = (): Promise<void> =>
    this.isLost ? Promise.reject(new DomainError("RUN_LEASE_LOST")) : Promise.resolve();
  override read(): Promise<JournalState | null> {
    return this.shared.read();
  }
  override async write(state: JournalState): Promise<void> {
    await this.assertHeld();
    await this.shared.write(state);
  }
  override beforeCommit(): Promise<void> {
    return this.assertHeld();
  }
}

let source: TestServer;
let repository: Repository;
let manifestId: string;
let wanted: unknown;
beforeAll(async () => {
  [source, repository] = await Promise.all([startTestServer(), openTestRepository()]);
  const shop = source.client.db("shop");
  for (const name of ["a", "b", "c"]) await shop.collection(name).insertOne({ fresh: name, at: new Date(0) });
  await shop.collection("a").createIndex({ at: 1 }, { name: "expiring", expireAfterSeconds: 2_000_000_000 });
  await shop.createCollection("both", { viewOn: "a", pipeline: [] });
  manifestId = (await takeTestSnapshot(source.client, repository)).manifestId;
  wanted = await photograph(source.client);
});
afterAll(() => source.close());

/** `c` is a view here and a collection in the snapshot; `both` is another view in each. */
async function fillTarget(client: MongoClient): Promise<void> {
  const shop = client.db("shop");
  for (const name of ["a", "b", "gone"]) await shop.collection(name).insertOne({ old: name });
  for (const name of ["c", "both"]) await shop.createCollection(name, { viewOn: "gone", pipeline: [] });
}

async function withTarget(work: (target: TestServer) => Promise<void>): Promise<void> {
  const target = await startTestServer();
  try {
    await fillTarget(target.client);
    await work(target);
  } finally {
    await target.close();
  }
}

/** Another worker does all that is left while the first one sleeps, and people write to the target again. */
async function finishElsewhere(client: MongoClient, journal: MemoryJournal): Promise<unknown> {
  await resumeRestore(restoreOptions(client, repository, manifestId, { journal }));
  const end = await photograph(client);
  await client
    .db("shop")
    .collection("a")
    .updateOne({}, { $set: { written: "since" } });
  return { ...end, "shop.a": (await photograph(client))["shop.a"] };
}

describe("a worker that slept at", () => {
  const points = RESTORE_POINTS.filter((point) => !["planned", "journalled-done"].includes(point));
  it.each(points)("%s while another finished the restore touches nothing when it wakes", async (point) => {
    await withTarget(async ({ client }) => {
      const shared = new MemoryJournal();
      const journal = new Fenced(shared);
      let left: unknown = null;
      const onPoint: OnPoint = async (reached) => {
        if (reached !== point || journal.isLost) return;
        journal.isLost = true;
        left = await finishElsewhere(client, shared);
      };
      const over = { journal, assertHeld: journal.assertHeld, onPoint };
      await expect(restoreInto(client, repository, manifestId, over)).rejects.toMatchObject({ code: "RUN_LEASE_LOST" });
      expect(left).not.toBeNull();
      expect(await photograph(client)).toEqual(left);
    });
  });

  it.each(ROLLBACK_POINTS)("%s while another put everything back touches nothing when it wakes", async (point) => {
    await withTarget(async ({ client }) => {
      const old = await photograph(client);
      const shared = new MemoryJournal();
      const journal = new Fenced(shared);
      let isFailed = false;
      const onPoint: OnPoint = async (reached) => {
        if (reached === "swapped") isFailed = true;
        if (reached === "swapped") throw new Error("injected");
        if (!isFailed || reached !== point || journal.isLost) return;
        journal.isLost = true;
        await resumeRestore(restoreOptions(client, repository, manifestId, { journal: shared }));
      };
      const over = { journal, assertHeld: journal.assertHeld, onPoint };
      await expect(restoreInto(client, repository, manifestId, over)).rejects.toMatchObject({ code: "RUN_LEASE_LOST" });
      expect(await photograph(client)).toEqual(old);
    });
  });
});

it("a worker that nobody can ask for its lease looks at each name again before it takes it away", async () => {
  await withTarget(async ({ client }) => {
    const shared = new MemoryJournal();
    const journal = new Fenced(shared);
    let left: unknown = null;
    const onPoint: OnPoint = async (reached) => {
      if (reached !== "renamed-in" || journal.isLost) return;
      journal.isLost = true;
      left = await finishElsewhere(client, shared);
    };
    const slept = restoreInto(client, repository, manifestId, { journal, onPoint });
    await expect(slept).rejects.toMatchObject({ code: "RUN_LEASE_LOST" });
    expect(await photograph(client)).toEqual(left);
  });
});

it("names every collection that it takes away or changes by its UUID, and the run in every command", async () => {
  await withTarget(async ({ uri }) => {
    const client = await new MongoClient(uri, { monitorCommands: true, retryWrites: false }).connect();
    try {
      const sent: CommandStartedEvent[] = [];
      client.on("commandStarted", (event) => sent.push(event));
      await restoreInto(client, repository, manifestId);
      const of = (verb: string) => sent.filter(({ commandName }) => commandName === verb).map(({ command }) => command);
      const views = ["c", "both"];
      expect(of("renameCollection")).toHaveLength(6);
      expect(of("drop")).toHaveLength(5);
      const bound = [...of("renameCollection"), ...of("collMod"), ...of("insert"), ...of("createIndexes")];
      for (const command of [...bound, ...of("drop").filter(({ drop }) => !views.includes(drop))])
        expect(command).toHaveProperty("collectionUUID");
      for (const command of [...of("renameCollection"), ...of("drop"), ...of("collMod")])
        expect(command.comment).toBe("0".repeat(24));
    } finally {
      await client.close();
    }
  });
});

/** The last insert of a worker that died comes after the swap, on a server too old to be told which collection it is for. */
it("drops what was staged again after the swap", async () => {
  await withTarget(async ({ client }) => {
    const over: Partial<RestoreOptions> = {
      onPoint: async (reached) => {
        if (reached !== "journalled-committed") return;
        await client
          .db("shop")
          .collection(`__holdfast_${"0".repeat(24)}_n0`)
          .insertOne({ late: true });
      },
    };
    await restoreInto(client, repository, manifestId, over);
    expect(await photograph(client)).toEqual(wanted);
  });
});
