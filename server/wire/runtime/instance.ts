import { ObjectId } from "bson";
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Clock } from "@/server/platform/clock";
import { Accounts, ROLES, USERS } from "../auth/accounts";
import type { ClusterStore } from "../storage/cluster-store";
import type { WriteOp } from "../storage/write-op";
import type { ServerConfig } from "./config";
import type { Connection } from "./connection";
import { Cursors } from "./cursors";
import { FailPoints } from "./fail-points";
import { FeatureVersion } from "./feature-version";
import { Operations } from "./operations";
import { Parameters } from "./parameters";
import { Sessions } from "./sessions";
import { WriteLocks } from "./transaction";
import { versionArray } from "./version";
import { Views } from "./views";
import { WriteBlock } from "./write-block";

const IDENTITY_KEY = "identity";

function isAccounts(namespace: string): boolean {
  return namespace === USERS || namespace === ROLES;
}

/** One running server: its data and everything that connections share. */
export class ServerInstance {
  readonly cursors: Cursors;
  readonly sessions: Sessions;
  readonly accounts: Accounts;
  readonly views: Views;
  readonly writeBlock: WriteBlock;
  readonly featureVersion: FeatureVersion;
  readonly parameters = new Parameters();
  readonly failPoints = new FailPoints();
  readonly operations: Operations;
  readonly locks = new WriteLocks();
  readonly connections = new Set<Connection>();
  readonly processId = new ObjectId();
  readonly replicaSetId: ObjectId;
  readonly startedAt: Date;
  readonly hostName = hostname();
  readonly opcounters = { insert: 0, query: 0, update: 0, delete: 0, getmore: 0, command: 0 };
  readonly network = { bytesIn: 0, bytesOut: 0, numRequests: 0 };
  connectionsCreated = 0;
  stopping = false;
  port = 0;
  #changeWaiters = new Set<() => void>();
  readonly #idlers = new Set<() => void>();

  constructor(
    readonly config: ServerConfig,
    readonly store: ClusterStore,
    readonly clock: Clock,
  ) {
    this.startedAt = clock.now();
    store.onCommit = (ops) => this.committed(ops);
    this.cursors = new Cursors(clock);
    this.sessions = new Sessions(clock);
    this.operations = new Operations(clock);
    this.sessions.onEnd = (session) => {
      session.transaction?.abort();
      this.cursors.killWhere((cursor) => cursor.options.sessionKey === session.key);
    };
    this.replicaSetId = this.#readIdentity();
    this.views = new Views(store);
    this.accounts = new Accounts(store, randomBytes(32));
    this.writeBlock = new WriteBlock(store);
    this.featureVersion = new FeatureVersion(store, config);
  }

  /** The replica set keeps its id for life. */
  #readIdentity(): ObjectId {
    const known = this.store.readMeta(IDENTITY_KEY);
    if (known) return new ObjectId(known);
    const id = new ObjectId();
    this.store.writeMeta(IDENTITY_KEY, Buffer.from(id.id));
    return id;
  }

  /** The release it poses as, as one number: 704 for 7.4. */
  get release(): number {
    const [major, minor] = versionArray(this.config.version);
    return (major ?? 0) * 100 + (minor ?? 0);
  }

  /** host:port as clients see this member. */
  get address(): string {
    return `${this.config.host}:${this.port}`;
  }

  /** Counts changes of users and roles; privileges that were worked out before are worked out again. */
  generation = 0;

  private committed(ops: readonly WriteOp[]): void {
    for (const op of ops) {
      const changesAccounts =
        "entry" in op ? isAccounts(op.entry.namespace) : op.kind === "catalog" && op.db === "admin";
      if (changesAccounts) this.generation += 1;
    }
    this.changed();
  }

  /** Tailable cursors look again. */
  changed(): void {
    const waiters = this.#changeWaiters;
    if (waiters.size === 0) return;
    this.#changeWaiters = new Set();
    for (const wake of waiters) wake();
  }

  /** Resolves at the next commit or after `timeoutMs`. */
  waitForChange(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.#changeWaiters;
      const finish = (): void => {
        clearTimeout(timer);
        waiters.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      waiters.add(finish);
    });
  }

  /** Waits, but not beyond the server's own end. */
  idle(timeMs: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#idlers.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, timeMs);
      this.#idlers.add(finish);
    });
  }

  async close(): Promise<void> {
    this.stopping = true;
    this.cursors.close();
    this.sessions.close();
    this.changed();
    for (const wake of this.#idlers) wake();
    this.operations.killAll();
    await this.store.close();
  }
}
