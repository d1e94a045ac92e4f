import pg from "pg";
import { databaseUrl } from "./env";
import { logger } from "./logger";
import { forget, once } from "./once";

/** PostgreSQL refuses a payload of 8000 bytes or more; we send ids, never content. */
const MAX_PAYLOAD_BYTES = 7_999;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;

/**
 * Called with each payload; with null after the connection was lost and made again: something may have been missed,
 * so read the rows again.
 */
export type NotificationHandler = (payload: string | null) => void;

/**
 * One connection that LISTENs for a whole process. It reconnects by itself for as long as anybody subscribes and
 * listens again to every channel. The connection does not keep the process alive by itself; `close()` ends it.
 */
export class Listener {
  readonly #url: string;
  readonly #handlers = new Map<string, Set<NotificationHandler>>();
  #client: pg.Client | null = null;
  #connecting: Promise<void> | null = null;
  #closed = false;

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Resolves when PostgreSQL has confirmed the LISTEN: what is notified from then on arrives. Returns the function
   * that ends the subscription. Throws when the database cannot be reached now.
   */
  async subscribe(channel: string, handler: NotificationHandler): Promise<() => void> {
    const handlers = this.#handlers.get(channel);
    if (handlers) handlers.add(handler);
    else this.#handlers.set(channel, new Set([handler]));
    try {
      await this.#connected();
      if (!handlers) await this.#client?.query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      this.#unsubscribe(channel, handler);
      throw error;
    }
    return () => this.#unsubscribe(channel, handler);
  }

  #unsubscribe(channel: string, handler: NotificationHandler): void {
    const handlers = this.#handlers.get(channel);
    handlers?.delete(handler);
    if (handlers?.size !== 0) return;
    this.#handlers.delete(channel);
    this.#client?.query(`unlisten ${pg.escapeIdentifier(channel)}`).catch(() => undefined);
  }

  #connected(): Promise<void> {
    if (this.#client) return Promise.resolve();
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url, keepAlive: true, application_name: "holdfast listen" });
    let lost = false;
    const onLost = () => {
      if (lost) return;
      lost = true;
      if (this.#client === client) this.#client = null;
      client.end().catch(() => undefined);
      if (!this.#closed && this.#handlers.size > 0) void this.#reconnect();
    };
    client.on("notification", (message) => {
      for (const handler of this.#handlers.get(message.channel) ?? []) handler(message.payload ?? "");
    });
    client.on("error", () => undefined);
    await client.connect();
    for (const channel of this.#handlers.keys()) await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    client.on("error", onLost);
    client.on("end", onLost);
    this.#client = client;
  }

  async #reconnect(): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; !this.#closed; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
      await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
      if (this.#closed || this.#handlers.size === 0) return;
      try {
        await this.#connected();
        break;
      } catch (error) {
        logger.warn({ err: error }, "the notification connection cannot be made again yet");
      }
    }
    for (const handlers of this.#handlers.values()) for (const handler of handlers) handler(null);
  }

  /** Ends the connection and every subscription. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#handlers.clear();
    await this.#client?.end();
    this.#client = null;
  }
}

const processListener = once("listener", () => new Listener(databaseUrl()));

/** Subscribes on the process's one LISTEN connection; see `Listener.subscribe`. */
export function listen(channel: string, handler: NotificationHandler): Promise<() => void> {
  return processListener().subscribe(channel, handler);
}

/** Ends the process's LISTEN connection; a later `listen` opens a new one. */
export async function closeListener(): Promise<void> {
  await forget<Listener>("listener")?.close();
}

/** What can run SQL: a Prisma client, or a transaction (then the message is sent when it commits). */
interface Sender {
  $executeRawUnsafe(sql: string, ...values: unknown[]): Promise<number>;
}

/** NOTIFY. Inside a transaction it is delivered at the commit, or not at all. Payload under 8000 bytes. */
export async function notify(sender: Sender, channel: string, payload: string): Promise<void> {
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) throw new Error(`a notification on ${channel} is too long`);
  await sender.$executeRawUnsafe("select pg_notify($1, $2)", channel, payload);
}
