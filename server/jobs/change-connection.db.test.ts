import { once } from "node:events";
import { rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { observe } from "@/server/domain/clusters/observe-cluster";
import { sealConnectionString } from "@/server/domain/clusters/open-deployment";
import type { ClusterModel } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { callerOf, makeCluster, makeWorld, type World } from "@/server/testing/people";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { closeQueue } from "./queue";
import { loadHandler } from "./registry";
import { RunWorker } from "./run-worker";

/** The environment is read when modules load, so the folder for repositories is chosen before. */
const home = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR ?? "/tmp"}/holdfast-connection-${process.pid}`;
  process.env.HOLDFAST_HOME = folder;
  process.env.HOLDFAST_KEY = "a key for tests only, not a secret";
  return folder;
});

/** A way to a server that lets nothing through until it is opened. */
class Gate {
  readonly arrived: Promise<unknown>;
  #open!: () => void;
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve));
  readonly #sockets = new Set<Socket>();
  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {
    this.arrived = once(server, "connection");
    server.on("connection", (socket) => void this.#pass(socket));
  }

  static async before(target: string): Promise<Gate> {
    const server = createServer();
    const gate = new Gate(server, target);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return gate;
  }

  get uri(): string {
    return this.target.replace(`:${new URL(this.target).port}/`, `:${(this.server.address() as AddressInfo).port}/`);
  }

  open(): void {
    this.#open();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
  }

  async #pass(socket: Socket): Promise<void> {
    this.#sockets.add(socket.on("error", () => undefined));
    await this.#opened;
    const onward = connect(Number(new URL(this.target).port), "127.0.0.1").on("error", () => socket.destroy());
    this.#sockets.add(onward);
    socket.pipe(onward).pipe(socket);
  }
}

let test: TestDatabase;
let world: World;
let servers: { production: TestServer; staging: TestServer };
let cluster: ClusterModel;
let gate: Gate | null = null;

beforeAll(async () => {
  test = await createTestDatabase();
  servers = { production: await startTestServer(), staging: await startTestServer() };
});
afterAll(async () => {
  await Promise.all(Object.values(servers).map((server) => server.close()));
  await closeQueue();
  await test.close();
  await rm(home, { recursive: true, force: true });
});
beforeEach(async () => {
  world = await makeWorld();
  cluster = await makeCluster(world.project, {
    name: "prod",
    connectionSealed: sealConnectionString(servers.production.uri),
  });
  await observe(test.db, cluster.id);
  cluster = await row();
});
afterEach(() => {
  gate?.close();
  gate = null;
});

const row = () => test.db.cluster.findUniqueOrThrow({ where: { id: cluster.id } });

const change = (connectionString: string, acceptOtherServer?: boolean) =>
  callerOf(world.owner).clusters.updateConnection({
    ...{ projectId: world.project.id, clusterId: cluster.id, connectionString },
    ...(acceptOtherServer === undefined ? {} : { acceptOtherServer }),
  });

async function keyOf(server: TestServer): Promise<string> {
  const other = await makeCluster(world.project, { connectionSealed: sealConnectionString(server.uri) });
  await observe(test.db, other.id);
  return (await test.db.cluster.findUniqueOrThrow({ where: { id: other.id } })).serverKey!;
}

async function changedTo(): Promise<unknown> {
  const where = { type: "CLUSTER_UPDATE_COMPLETED", clusterId: cluster.id };
  return (await test.db.activityEntry.findFirstOrThrow({ where })).details;
}

describe("another connection string", () => {
  it("of the same server is taken without a word", async () => {
    await change(`${servers.production.uri}&appName=again`);
    const after = await row();
    expect(after.serverKey).toBe(cluster.serverKey);
    expect(after.connectionSealed).not.toEqual(cluster.connectionSealed);
    expect(await changedTo()).toMatchObject({ otherServer: false });
  });

  it("of another server is refused, unless somebody says that it shall be", async () => {
    const staging = await keyOf(servers.staging);
    const refused: unknown = await change(servers.staging.uri).catch((error: unknown) => error);
    expect(refused).toMatchObject({ message: "CLUSTER_SERVER_DIFFERS" });
    expect(await row()).toEqual(cluster);
    await change(servers.staging.uri, true);
    expect((await row()).serverKey).toBe(staging);
    expect(await changedTo()).toMatchObject({ otherServer: true });
  });

  it("is taken for a cluster whose server nobody knows", async () => {
    await test.db.cluster.update({ where: { id: cluster.id }, data: { serverKey: null, connectionSealed: null } });
    await change(servers.staging.uri);
    expect((await row()).serverKey).toBe(await keyOf(servers.staging));
    expect(await changedTo()).toMatchObject({ otherServer: false });
  });

  it("of a server that a restore holds is refused", async () => {
    const lock = { serverKey: await keyOf(servers.staging), runId: newId(), reason: "A restore." };
    await test.db.serverLock.create({ data: { ...lock, clusterId: newId() } });
    await expect(change(servers.staging.uri, true)).rejects.toThrow("CLUSTER_RESTORE_IN_PROGRESS_CANNOT_UPDATE");
    expect(await row()).toEqual(cluster);
    await test.db.serverLock.deleteMany();
  });
});

describe("a look that was begun over the connection before", () => {
  /** The cluster is reached through the gate, which is closed. */
  async function putGate(target: string): Promise<Gate> {
    gate = await Gate.before(target);
    const connectionSealed = sealConnectionString(gate.uri);
    await test.db.cluster.update({ where: { id: cluster.id }, data: { connectionSealed } });
    return gate;
  }

  it("changes nothing of the new one's facts, whether it succeeds", async () => {
    const { arrived } = await putGate(servers.production.uri);
    const look = observe(test.db, cluster.id);
    await arrived;
    await change(servers.staging.uri, true);
    const changed = await row();
    gate!.open();
    await look;
    expect(changed.serverKey).not.toBe(cluster.serverKey);
    expect(await row()).toEqual(changed);
  });

  it("or fails", async () => {
    const { arrived } = await putGate(`${servers.production.uri}&serverSelectionTimeoutMS=1500`);
    const look = observe(test.db, cluster.id);
    await arrived;
    await change(servers.staging.uri, true);
    const changed = await row();
    expect(await look).toBe(false);
    expect(await row()).toEqual(changed);
  });

  it("by a snapshot", { timeout: 60_000 }, async () => {
    await servers.production.client.db("shop").collection("orders").insertOne({ n: 1 });
    const { arrived } = await putGate(servers.production.uri);
    const worker = new RunWorker({ db: test.db, workerId: "w1", concurrency: 1, loadHandler });
    await worker.start();
    try {
      const ids = { projectId: world.project.id, clusterId: cluster.id };
      await callerOf(world.owner).snapshots.take({ ...ids, description: "" });
      await arrived;
      await change(servers.staging.uri, true);
      const changed = await row();
      gate!.open();
      await vi.waitFor(
        async () => {
          const run = await test.db.run.findFirstOrThrow({ where: { clusterId: cluster.id } });
          expect(run.status).toBe("COMPLETED");
        },
        { timeout: 40_000, interval: 100 },
      );
      const { serverKey, dataSizeBytes, documentCount } = await row();
      expect({ serverKey, dataSizeBytes, documentCount }).toEqual({
        serverKey: changed.serverKey,
        dataSizeBytes: changed.dataSizeBytes,
        documentCount: changed.documentCount,
      });
    } finally {
      await worker.stop();
    }
  });
});
