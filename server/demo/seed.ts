import { openClusterDeployment } from "@/server/domain/clusters/open-deployment";
import { inspectDeployment } from "@/server/deployments/inspect";
import type { Db } from "@/server/platform/db";
import { freePorts } from "@/server/platform/ports";
import { CLUSTERS, type DemoCluster } from "./clusters";
import { type DemoFacts, readDemo, saveDemo, writeDemoFile } from "./demo-file";
import { PEOPLE } from "./people";
import { createDemoRows, DATABASE_USER } from "./rows";

const RUNNING_WITHIN_MS = 60_000;
/** Where the ports of embedded clusters begin. */
const FIRST_PORT = 27_117;

export interface SeedOptions {
  readonly db: Db;
  readonly home: string;
  /** The portal's address, for demo.json. */
  readonly url: string;
  readonly report: (line: string) => void;
}

export interface SeededDemo {
  /** <home>/demo.json */
  readonly file: string;
  readonly users: Array<{ email: string; password: string; words: string }>;
}

/**
 * Gives an installation without people the demo: rows first, then each cluster's documents. What a start that was cut
 * left undone is done by the next one; a finished demo only gets its file written again. The host process must run.
 * Returns null when the installation has people of its own and no demo.
 */
export async function seedDemo({ db, home, url, report }: SeedOptions): Promise<SeededDemo | null> {
  let demo = await readDemo(db);
  if (demo === null) {
    if ((await db.user.count()) > 0) return null;
    report("Making the demo organization …");
    await createDemoRows(db, await freePorts(FIRST_PORT, CLUSTERS.length));
    demo = (await readDemo(db))!;
  }
  await loadClusters(db, demo, report);
  const file = writeDemoFile(home, url, demo.facts);
  const words = new Map(PEOPLE.map((person) => [person.email, person.words]));
  const users = demo.facts.users.map(({ email, password }) => ({ email, password, words: words.get(email) ?? "" }));
  return { file, users };
}

async function loadClusters(
  db: Db,
  demo: { facts: DemoFacts; toLoad: string[] },
  report: (line: string) => void,
): Promise<void> {
  const began = performance.now();
  let toLoad = demo.toLoad;
  const rows = await db.cluster.findMany({ where: { id: { in: toLoad }, state: { not: "DELETED" } } });
  const loads = CLUSTERS.map(async (cluster) => {
    const row = rows.find(({ name }) => name === cluster.name);
    const facts = demo.facts.clusters.find(({ name }) => name === cluster.name);
    if (!row || !facts) return;
    const port = await untilRunning(db, row.id, cluster.name);
    facts.connectionString = withPort(facts.connectionString, port);
    await loadCluster(db, row.id, cluster, facts.connectionString);
    toLoad = toLoad.filter((id) => id !== row.id);
    await saveDemo(db, demo.facts, toLoad);
  });
  await Promise.all(loads);
  if (rows.length > 0) report(`Demo documents loaded: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** The port that the cluster listens on: the host may have had to choose another one than was planned. */
async function untilRunning(db: Db, clusterId: string, name: string): Promise<number> {
  const deadline = performance.now() + RUNNING_WITHIN_MS;
  for (;;) {
    const row = await db.embeddedDeployment.findUnique({ where: { clusterId } });
    if (row?.status === "running") return row.port;
    if (performance.now() > deadline) {
      throw new Error(`The demo cluster ${name} does not start: ${row?.lastError ?? row?.status ?? "no row"}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function withPort(connectionString: string, port: number): string {
  const url = new URL(connectionString);
  url.port = String(port);
  return url.href;
}

/** Makes the ordinary database user, loads the documents, and notes what the server says of itself. */
async function loadCluster(db: Db, clusterId: string, cluster: DemoCluster, connectionString: string): Promise<void> {
  const deployment = await openClusterDeployment(db, clusterId);
  try {
    const client = await deployment.client();
    const admin = client.db("admin");
    const pwd = decodeURIComponent(new URL(connectionString).password);
    const { users } = await admin.command({ usersInfo: DATABASE_USER });
    const command = (users as unknown[]).length === 0 ? "createUser" : "updateUser";
    await admin.command({ [command]: DATABASE_USER, pwd, roles: [{ role: "readWriteAnyDatabase", db: "admin" }] });
    await cluster.load(client);
    const facts = await inspectDeployment(client);
    await db.cluster.update({
      where: { id: clusterId },
      data: {
        mongoDBVersion: facts.version,
        fcv: facts.fcv.version,
        fcvPinned: facts.fcv.pinned,
        replicaSetName: facts.setName,
        serverKey: facts.serverKey,
        dataSizeBytes: BigInt(facts.dataBytes),
        documentCount: BigInt(facts.documents),
        observedAt: new Date(),
        reachable: true,
      },
    });
  } finally {
    await deployment.close();
  }
}
