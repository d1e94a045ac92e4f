import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Binary, Double, Long, MongoClient, ObjectId, Timestamp, type Db, type Document } from "mongodb";
import { ApiClient } from "../api-client";
import { assertSameContents, readContents, type DatabaseContents } from "../contents";
import { buildGo } from "../install";
import type { Portal } from "../portal";
import { startServer } from "../programs";
import type { Report } from "../report";

const PROGRAM = "FerretDB";
const DATABASE = "interop_ferret";
const CLUSTER = "interop-ferretdb";

/**
 * FerretDB as an external cluster: no oplog, no snapshot reads, no write block. The snapshot must say that it is not
 * consistent, and a restore must still be right.
 */
export async function checkFerretDb(report: Report, portal: Portal): Promise<void> {
  const built = await buildGo("ferretdb", ".", "ferretdb");
  if ("absent" in built) return report.skip(PROGRAM, built.absent);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-ferretdb-"));
  const server = await startServer(built.program, ["-dir", folder]);
  const uri = `mongodb://127.0.0.1:${server.port}/`;
  const client = new MongoClient(uri);
  try {
    await journey(report, portal, uri, client.db(DATABASE));
  } finally {
    await client.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function journey(report: Report, portal: Portal, uri: string, db: Db): Promise<void> {
  const api = new ApiClient(portal.demo);
  const groupId = portal.demo.clusters[0]!.groupId;
  const cluster = `/groups/${groupId}/clusters/${CLUSTER}`;
  let original: DatabaseContents = {};
  let snapshotId = "";

  const isConnected = await report.check(PROGRAM, "is connected as an external cluster", async () => {
    await fill(db);
    original = await readContents(db);
    await api.must("POST", `/groups/${groupId}/clusters`, clusterBody(uri));
    await api.poll(cluster, (body) => body.stateName === "IDLE");
  });
  if (!isConnected) return;

  const isTaken = await report.check(PROGRAM, "a snapshot completes and says that it is not consistent", async () => {
    const queued = await api.must("POST", `${cluster}/backup/snapshots`, { retentionInDays: 1 });
    snapshotId = String(queued.id);
    const done = await api.poll(`${cluster}/backup/snapshots/${snapshotId}`, isSnapshotDone);
    const { consistent, inconsistentReason } = done.holdfast as { consistent: boolean; inconsistentReason?: string };
    if (consistent || !inconsistentReason) throw new Error(JSON.stringify(done));
  });

  if (isTaken) {
    await report.check(PROGRAM, "a restore waits for consent: the server cannot block writes", async () => {
      const refused = await api.call("POST", `${cluster}/backup/restoreJobs`, restoreBody(snapshotId, groupId));
      if (refused.status < 400 || refused.status > 499) throw new Error(JSON.stringify(refused));
    });
    await report.check(PROGRAM, "a restore brings changed and deleted documents back, byte by byte", async () => {
      await db.collection("numbers").deleteMany({ _id: { $lt: 500 } as unknown as ObjectId });
      await db.collection("numbers").updateMany({}, { $set: { third: "spoiled" } });
      await db.collection("kinds").drop();
      const body = { ...restoreBody(snapshotId, groupId), holdfast: { acceptUnblocked: true } };
      const job = await api.must("POST", `${cluster}/backup/restoreJobs`, body);
      await api.poll(`${cluster}/backup/restoreJobs/${String(job.id)}`, isRestoreDone);
      assertSameContents(await readContents(db), original);
    });
  }
  await report.check(PROGRAM, "is taken out of the project, and keeps its data", async () => {
    const reply = await api.call("DELETE", cluster);
    if (reply.status !== 202) throw new Error(JSON.stringify(reply));
    assertSameContents(await readContents(db), original);
  });
}

function clusterBody(connectionString: string): Document {
  return {
    name: CLUSTER,
    clusterType: "REPLICASET",
    replicationSpecs: [
      {
        regionConfigs: [
          { providerName: "AWS", regionName: "EU_CENTRAL_1", priority: 7, electableSpecs: { instanceSize: "M10" } },
        ],
      },
    ],
    holdfast: { connectionString },
  };
}

function restoreBody(snapshotId: string, groupId: string): Document {
  return { deliveryType: "automated", snapshotId, targetGroupId: groupId, targetClusterName: CLUSTER };
}

function isSnapshotDone(body: Record<string, unknown>): boolean {
  if (body.status === "failed") throw new Error("the snapshot failed");
  return body.status === "completed";
}

function isRestoreDone(body: Record<string, unknown>): boolean {
  if (body.failed === true || body.cancelled === true) throw new Error(`the restore failed: ${JSON.stringify(body)}`);
  return typeof body.finishedAt === "string";
}

/** The types that FerretDB stores: it has neither Decimal128 nor arrays in arrays. */
async function fill(db: Db): Promise<void> {
  const numbers = Array.from({ length: 2000 }, (_, index) => ({
    _id: index as unknown as ObjectId,
    text: `document ${index}`,
    third: new Double(index / 3),
  }));
  await db.collection("numbers").insertMany(numbers);
  await db.collection("numbers").createIndex({ text: 1 }, { unique: true });
  await db.collection("kinds").insertMany([
    { _id: new ObjectId(), value: Long.fromString("9007199254740993") },
    {
      _id: "text",
      value: new Binary(Buffer.from([0, 1, 255]), 0),
      date: new Date(1),
      at: new Timestamp({ t: 1, i: 2 }),
    },
    { _id: 5, list: [1, "two", { three: null }], nested: { z: 1, a: { b: true } } },
  ] as Document[]);
}
