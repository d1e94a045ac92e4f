import {
  MongoClient,
  type AbstractCursor,
  type ClientSession,
  type Collection,
  type CommandStartedEvent,
  type Db,
  type Document,
} from "mongodb";
import type { ClientSpec, EntitySpec } from "./format";

/** An event as the tests name it: "commandStartedEvent" and the driver's object. */
export interface ObservedEvent {
  readonly name: string;
  readonly event: Document;
}

const COMMAND_EVENTS = ["commandStarted", "commandSucceeded", "commandFailed"] as const;
const POOL_EVENTS = [
  "connectionPoolCreated",
  "connectionPoolReady",
  "connectionPoolCleared",
  "connectionPoolClosed",
  "connectionCreated",
  "connectionReady",
  "connectionClosed",
  "connectionCheckOutStarted",
  "connectionCheckOutFailed",
  "connectionCheckedOut",
  "connectionCheckedIn",
] as const;
const SENSITIVE = [
  "authenticate",
  "saslStart",
  "saslContinue",
  "getnonce",
  "createUser",
  "updateUser",
  "hello",
  "ismaster",
  "isMaster",
];

/** A client with what it did: events asked for, last commands, connections in use. */
export class ObservedClient {
  readonly events: ObservedEvent[] = [];
  readonly commands: CommandStartedEvent[] = [];
  connectionsInUse = 0;
  #listening = true;

  constructor(
    readonly client: MongoClient,
    spec: ClientSpec,
  ) {
    const wanted = new Set(spec.observeEvents ?? []);
    const ignored = new Set([...SENSITIVE, "configureFailPoint", ...(spec.ignoreCommandMonitoringEvents ?? [])]);
    for (const name of COMMAND_EVENTS) {
      client.on(name as "commandStarted", (event) => {
        if (!this.#listening || ignored.has(event.commandName)) return;
        if (name === "commandStarted") this.commands.push(event);
        if (wanted.has(`${name}Event`)) this.events.push({ name: `${name}Event`, event });
      });
    }
    for (const name of POOL_EVENTS) {
      client.on(name as "connectionCheckedOut", (event) => {
        if (name === "connectionCheckedOut") this.connectionsInUse += 1;
        if (name === "connectionCheckedIn") this.connectionsInUse -= 1;
        if (!this.#listening || !wanted.has(`${name}Event`)) return;
        this.events.push({ name: `${name}Event`, event });
      });
    }
  }

  /** Ends the recording: what cleaning up does is no part of a test. */
  stopListening(): void {
    this.#listening = false;
  }
}

/** The named things of one test. */
export class Entities {
  readonly #all = new Map<string, unknown>();

  constructor(readonly uri: string) {}

  async create(specs: readonly EntitySpec[]): Promise<void> {
    for (const spec of specs) {
      if ("client" in spec) await this.#createClient(spec.client);
      else if ("database" in spec) {
        const { id, client, databaseName, databaseOptions } = spec.database;
        this.set(id, this.client(client).client.db(databaseName, databaseOptions));
      } else if ("collection" in spec) {
        const { id, database, collectionName, collectionOptions } = spec.collection;
        this.set(id, this.database(database).collection(collectionName, collectionOptions));
      } else if ("session" in spec) this.#createSession(spec.session);
      else throw new Error(`unknown kind of entity: ${Object.keys(spec).join()}`);
    }
  }

  async #createClient(spec: ClientSpec): Promise<void> {
    const uri = new URL(this.uri);
    for (const [name, value] of Object.entries(spec.uriOptions ?? {})) uri.searchParams.set(name, String(value));
    const serverApi = spec.serverApi as { version: "1" } | undefined;
    const client = new MongoClient(uri.href, { monitorCommands: true, ...(serverApi && { serverApi }) });
    this.set(spec.id, new ObservedClient(client, spec));
    await client.connect();
  }

  #createSession({ id, client, sessionOptions = {} }: { id: string; client: string; sessionOptions?: Document }): void {
    const options = { ...sessionOptions };
    if (typeof options.snapshotTime === "string") options.snapshotTime = this.value(options.snapshotTime);
    this.set(id, this.client(client).client.startSession(options));
  }

  set(id: string, value: unknown): void {
    this.#all.set(id, value);
  }

  value(id: string): unknown {
    if (!this.#all.has(id)) throw new Error(`no entity is called ${id}`);
    return this.#all.get(id);
  }

  client(id: string): ObservedClient {
    return this.value(id) as ObservedClient;
  }

  database(id: string): Db {
    return this.value(id) as Db;
  }

  collection(id: string): Collection {
    return this.value(id) as Collection;
  }

  session(id: string): ClientSession {
    return this.value(id) as ClientSession;
  }

  cursor(id: string): AbstractCursor {
    return this.value(id) as AbstractCursor;
  }

  clients(): ObservedClient[] {
    return [...this.#all.values()].filter((value) => value instanceof ObservedClient);
  }

  /** Ends sessions and clients. */
  async close(): Promise<void> {
    const clients = this.clients();
    for (const observed of clients) observed.stopListening();
    for (const observed of clients) await observed.client.close(true);
  }
}
