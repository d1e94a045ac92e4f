import { randomInt } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { unseal } from "@/server/platform/crypto";
import { isUniqueViolation, type Db, type Prisma } from "@/server/platform/db";
import { logger, redactText } from "@/server/platform/logger";
import { freePorts } from "@/server/platform/ports";
import { listen, notify } from "@/server/platform/postgres";
import {
  DEPLOYMENT_CHANGED_CHANNEL,
  DEPLOYMENT_WANTED_CHANNEL,
  EMBEDDED_PASSWORD_PURPOSE,
  EMBEDDED_ROOT_USER,
  embeddedReplicaSetName,
  type EmbeddedStatus,
} from "../definitions/embedded-deployment";
import { ClusterProcess, type WireConfig } from "./cluster-process";

const LOOK_EVERY_MS = 2_000;
const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 15_000;
const HEALTHY_AFTER_MS = 60_000;
/** Two installations that start at once must not meet again at the next port. */
const PORTS_APART = 500;
const GIB = 1024 ** 3;

/** What the hosted service gives these tiers; larger ones are limited by the disk. */
const STORAGE_LIMITS_BYTES: Record<string, number> = { M0: GIB / 2, FLEX: 5 * GIB };

type Row = Prisma.EmbeddedDeploymentGetPayload<{ include: { cluster: true } }>;

/** What the host knows of one cluster. All changes to it go through `#queue`, one after another. */
interface Kept {
  process: ClusterProcess | null;
  restartMs: number;
  notBefore: number;
  busy: boolean;
}

/**
 * Makes true what the EmbeddedDeployment rows say: one running server for each row that wants one, none for the
 * others. A server that dies is started again, later each time it dies young. Looks at every notification and every
 * two seconds besides.
 */
export class EmbeddedHost {
  readonly #db: Db;
  readonly #home: string;
  readonly #testCommands: boolean;
  readonly #clusters = new Map<string, Kept>();
  #timer: NodeJS.Timeout | null = null;
  #unlisten: () => void = () => undefined;
  #stopped = false;
  #working = new Set<Promise<void>>();

  constructor(options: { db: Db; home: string; testCommands: boolean }) {
    this.#db = options.db;
    this.#home = options.home;
    this.#testCommands = options.testCommands;
  }

  async start(): Promise<void> {
    // What an earlier host wrote is not true any more.
    await this.#db.embeddedDeployment.updateMany({
      where: { status: { not: "stopped" } },
      data: { status: "stopped", pid: null },
    });
    this.#unlisten = await listen(DEPLOYMENT_WANTED_CHANNEL, () => void this.#look());
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    await this.#look();
  }

  /** Stops every server, all at once, and says so in the rows. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearInterval(this.#timer);
    this.#unlisten();
    await Promise.all([...this.#clusters.values()].map((kept) => kept.process?.stop()));
    await Promise.all(this.#working);
    await Promise.all([...this.#clusters].map(([id, kept]) => (kept.process ? this.#say(id, "stopped") : null)));
  }

  async #look(): Promise<void> {
    if (this.#stopped) return;
    try {
      const rows = await this.#db.embeddedDeployment.findMany({ include: { cluster: true } });
      const wanted = new Map(rows.map((row) => [row.clusterId, row]));
      for (const id of new Set([...wanted.keys(), ...this.#clusters.keys()])) this.#settle(id, wanted.get(id) ?? null);
    } catch (error) {
      logger.warn({ err: error }, "the host cannot read what should run");
    }
  }

  /** Takes one step towards what the row wants, unless one is being taken. */
  #settle(id: string, row: Row | null): void {
    const kept = this.#clusters.get(id) ?? { process: null, restartMs: FIRST_RESTART_MS, notBefore: 0, busy: false };
    this.#clusters.set(id, kept);
    if (kept.busy || this.#stopped) return;
    const deleted = row !== null && (row.cluster.state === "DELETING" || row.cluster.state === "DELETED");
    const run = row !== null && row.desiredRunning && !deleted;
    const step = run
      ? kept.process === null && performance.now() >= kept.notBefore
        ? () => this.#startServer(row, kept)
        : kept.process !== null && row.status !== "running"
          ? () => this.#say(id, "running", { pid: kept.process?.pid ?? null, lastError: null })
          : null
      : kept.process !== null
        ? () => this.#stopServer(id, kept, row !== null)
        : deleted
          ? () => this.#remove(row)
          : null;
    if (row === null && kept.process === null) this.#clusters.delete(id);
    if (step === null) return;
    kept.busy = true;
    const work = step()
      .catch((error: unknown) => logger.error({ err: error, clusterId: id }, "an embedded cluster"))
      .finally(() => {
        kept.busy = false;
        this.#working.delete(work);
        // Another step may follow at once: a stopped server whose cluster is to be removed.
        if (!run) void this.#look();
      });
    this.#working.add(work);
  }

  #configOf(row: Row): WireConfig {
    const limit = STORAGE_LIMITS_BYTES[row.cluster.tier];
    return {
      dataDir: join(this.#home, "clusters", row.clusterId),
      host: "127.0.0.1",
      port: row.port,
      version: row.cluster.mongoDBVersion,
      fcv: row.cluster.fcv,
      fcvPinned: row.cluster.fcvPinned,
      replicaSetName: row.cluster.replicaSetName ?? embeddedReplicaSetName(row.clusterId),
      rootUser: {
        user: EMBEDDED_ROOT_USER,
        password: unseal(row.rootPasswordSealed, EMBEDDED_PASSWORD_PURPOSE).toString("utf8"),
      },
      testCommands: this.#testCommands,
      ...(limit === undefined ? {} : { storageLimitBytes: limit }),
    };
  }

  async #startServer(row: Row, kept: Kept): Promise<void> {
    const id = row.clusterId;
    if (row.status !== "failed") await this.#say(id, "starting");
    const began = performance.now();
    try {
      const started = await ClusterProcess.start(this.#configOf(row));
      kept.process = started;
      await this.#say(id, "running", { pid: started.pid, startedAt: new Date(), lastError: null });
      await this.#db.cluster.updateMany({ where: { id, state: "CREATING" }, data: { state: "IDLE", reachable: true } });
      void started.ended.then((reason) => this.#died(id, kept, started, reason, began));
    } catch (error) {
      const words = redactText(error instanceof Error ? error.message : String(error));
      if (row.startedAt === null && words.includes("EADDRINUSE") && (await this.#movePort(row))) return;
      kept.notBefore = performance.now() + kept.restartMs;
      kept.restartMs = Math.min(kept.restartMs * 2, LONGEST_RESTART_MS);
      logger.error({ clusterId: id, reason: words }, `cluster ${row.cluster.name} cannot be started`);
      await this.#say(id, "failed", { pid: null, lastError: words.slice(0, 2_000) });
    }
  }

  /**
   * Somebody took the port between its choice and now. Nobody can know the address of a server that has never run, so
   * it gets another port; one that has run keeps its address, and says that it is taken. False: try again later.
   */
  async #movePort(row: Row): Promise<boolean> {
    const [port] = await freePorts(row.port + 1 + randomInt(PORTS_APART), 1);
    try {
      await this.#db.embeddedDeployment.update({ where: { clusterId: row.clusterId }, data: { port } });
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
    setTimeout(() => void this.#look(), 0);
    return true;
  }

  async #died(id: string, kept: Kept, which: ClusterProcess, reason: string, began: number): Promise<void> {
    if (this.#stopped || kept.process !== which) return;
    kept.process = null;
    if (performance.now() - began > HEALTHY_AFTER_MS) kept.restartMs = FIRST_RESTART_MS;
    kept.notBefore = performance.now() + kept.restartMs;
    kept.restartMs = Math.min(kept.restartMs * 2, LONGEST_RESTART_MS);
    logger.warn({ clusterId: id, reason }, "an embedded cluster died and is started again");
    await this.#say(id, "failed", { pid: null, lastError: reason, restarts: { increment: 1 } });
    setTimeout(() => void this.#look(), Math.max(0, kept.notBefore - performance.now()) + 5);
  }

  async #stopServer(id: string, kept: Kept, hasRow: boolean): Promise<void> {
    const { process: server } = kept;
    kept.process = null;
    await server?.stop();
    if (hasRow) await this.#say(id, "stopped");
  }

  /** The cluster is to be deleted: its data goes, then its row, then it is deleted. */
  async #remove(row: Row): Promise<void> {
    const folder = join(this.#home, "clusters", row.clusterId);
    rmSync(folder, { recursive: true, force: true });
    rmSync(`${folder}.log`, { force: true });
    await this.#db.$transaction(async (tx) => {
      await tx.embeddedDeployment.deleteMany({ where: { clusterId: row.clusterId } });
      const deletedAt = row.cluster.deletedAt ?? new Date();
      await tx.cluster.updateMany({ where: { id: row.clusterId }, data: { state: "DELETED", deletedAt } });
      await notify(tx, DEPLOYMENT_CHANGED_CHANNEL, row.clusterId);
    });
  }

  async #say(
    clusterId: string,
    status: EmbeddedStatus,
    more: Prisma.EmbeddedDeploymentUpdateManyMutationInput = {},
  ): Promise<void> {
    const pid = status === "running" ? {} : { pid: null };
    await this.#db.$transaction(async (tx) => {
      await tx.embeddedDeployment.updateMany({ where: { clusterId }, data: { status, ...pid, ...more } });
      await notify(tx, DEPLOYMENT_CHANGED_CHANNEL, clusterId);
    });
  }
}
