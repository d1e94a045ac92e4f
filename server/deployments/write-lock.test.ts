import { MongoClient } from "mongodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fixedClock } from "@/server/platform/clock";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { findMarker, LOCK_COLLECTION } from "./lock-marker";
import { readWriteBlock, setWriteBlock } from "./write-block";
import { releaseOwnLock, WriteLock } from "./write-lock";

const request = { runId: "a".repeat(24), owner: "Ann", reason: "restore" };
const other = { ...request, runId: "b".repeat(24) };

let server: TestServer;
let outsider: MongoClient;
beforeEach(async () => {
  server = await startTestServer();
  await server.client.db("admin").command({ createUser: "app", pwd: "app", roles: ["readWriteAnyDatabase"] });
  outsider = await new MongoClient(
    `mongodb://app:app@127.0.0.1:${new URL(server.uri).port}/?directConnection=true`,
  ).connect();
});
afterEach(async () => {
  await outsider.close();
  await server.close();
});

const write = () => outsider.db("shop").collection("c").insertOne({});
const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (isDomainError(error) ? error.code : (error as { code?: unknown }).code),
  );

describe("WriteLock", () => {
  it("keeps every other client from writing, lets reads and our own writes through, and ends", async () => {
    await write();
    const lock = await WriteLock.acquire(server.client, request);
    expect(lock.blocksWrites).toBe(true);
    expect(await codeOf(write())).toBe(371);
    expect(await outsider.db("shop").collection("c").countDocuments()).toBe(1);
    await server.client.db("shop").collection("c").insertOne({});
    expect(await findMarker(server.client)).toMatchObject({ runId: request.runId, owner: "Ann" });
    await lock.release();
    expect(await readWriteBlock(server.client)).toBe("off");
    expect(await findMarker(server.client)).toBeNull();
    await write();
    await lock.release();
  });

  it("is taken again by the same run, and refused to another", async () => {
    await WriteLock.acquire(server.client, request);
    const again = await WriteLock.acquire(server.client, request);
    expect(await codeOf(WriteLock.acquire(server.client, other))).toBe("WRITE_BLOCK_NOT_OURS");
    await again.release();
    await (await WriteLock.acquire(server.client, other)).release();
  });

  it("is its last taker's: a worker whose run another has gone on with neither speaks for it nor lifts it", async () => {
    const lost = await WriteLock.acquire(server.client, request);
    const successor = await WriteLock.acquire(server.client, request);
    expect(await codeOf(lost.heartbeat())).toBe("WRITE_BLOCK_NOT_OURS");
    expect(await codeOf(lost.release())).toBe("WRITE_BLOCK_NOT_OURS");
    expect(await codeOf(write())).toBe(371);
    await successor.heartbeat();
    await successor.release();
    await write();
  });

  it("stays as an earlier worker of the run left it when it cannot be taken again", async () => {
    const WITH_FAIL_POINTS = { version: "8.0.4", testCommands: true };
    const failing = await startTestServer(WITH_FAIL_POINTS);
    try {
      await WriteLock.acquire(failing.client, request);
      const data = { failCommands: ["setUserWriteBlockMode"], errorCode: 50 };
      await failing.client.db("admin").command({ configureFailPoint: "failCommand", mode: { times: 1 }, data });
      expect(await codeOf(WriteLock.acquire(failing.client, request))).toBe(50);
      expect(await readWriteBlock(failing.client)).toBe("on");
      expect(await findMarker(failing.client)).toMatchObject({ runId: request.runId });
      await (await WriteLock.acquire(failing.client, request)).release();
    } finally {
      await failing.close();
    }
  });

  it("never lifts or joins a block that is not ours", async () => {
    await setWriteBlock(server.client, true);
    expect(await codeOf(WriteLock.acquire(server.client, request))).toBe("WRITE_BLOCK_NOT_OURS");
    expect(await releaseOwnLock(server.client, null)).toBe("notOurs");
    expect(await readWriteBlock(server.client)).toBe("on");
    expect(await findMarker(server.client)).toBeNull();
  });

  it("says when its marker was taken away", async () => {
    const lock = await WriteLock.acquire(server.client, request);
    await lock.heartbeat();
    await server.client.db("admin").collection(LOCK_COLLECTION).deleteMany({});
    expect(await codeOf(lock.heartbeat())).toBe("WRITE_BLOCK_NOT_OURS");
    expect(await codeOf(lock.release())).toBe("WRITE_BLOCK_NOT_OURS");
  });

  it("without a block sets the marker alone; another run waits until it is abandoned", async () => {
    const clock = fixedClock(new Date("2026-01-01T00:00:00Z"));
    const lock = await WriteLock.acquire(server.client, { ...request, withoutBlock: true, clock });
    expect(lock.blocksWrites).toBe(false);
    await write();
    expect(await codeOf(WriteLock.acquire(server.client, { ...other, clock }))).toBe(
      "ATLAS_CLUSTER_RESTORE_IN_PROGRESS",
    );
    clock.advance(121_000);
    await (await WriteLock.acquire(server.client, { ...other, clock })).release();
  });
});

describe("releaseOwnLock", () => {
  it("lifts our block with nothing but the server", async () => {
    await WriteLock.acquire(server.client, request);
    expect(await releaseOwnLock(server.client, other.runId)).toBe("notOurs");
    expect(await releaseOwnLock(server.client, null)).toBe("released");
    expect(await releaseOwnLock(server.client, null)).toBe("notLocked");
    await write();
  });

  it("finishes a release that died between its two halves", async () => {
    await WriteLock.acquire(server.client, request);
    await setWriteBlock(server.client, false);
    expect(await releaseOwnLock(server.client, request.runId)).toBe("released");
    expect(await findMarker(server.client)).toBeNull();
  });
});
