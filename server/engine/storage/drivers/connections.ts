import { lookup, type LookupAddress, type LookupOptions } from "node:dns";
import http from "node:http";
import https from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** How long an address may not answer, and how long a server may be silent in the middle. */
export const CONNECT_TIMEOUT_MS = 10_000;
export const SILENCE_TIMEOUT_MS = 60_000;

interface Timeouts {
  readonly connectMs: number;
  readonly silenceMs: number;
}
const TIMEOUTS: Timeouts = { connectMs: CONNECT_TIMEOUT_MS, silenceMs: SILENCE_TIMEOUT_MS };

export type AllowHost = (host: string) => Promise<void>;

/**
 * The connections of one store. Every host is asked about before the first connection to it, also one that a server
 * redirects to, and so is every address that its name stands for at that moment: a name may point elsewhere the second
 * time. Idle connections do not keep the process alive.
 */
export class Connections {
  readonly http: http.Agent;
  readonly https: https.Agent;
  readonly #allowHost: AllowHost | undefined;
  readonly #allowed = new Map<string, Promise<void>>();
  #server: { date: Date; at: number } | null = null;
  #closed = false;

  constructor(allowHost?: AllowHost, timeouts = TIMEOUTS) {
    this.#allowHost = allowHost;
    const options = { keepAlive: true, maxSockets: 32, timeout: timeouts.silenceMs };
    this.http = guard(new http.Agent(options), (host) => this.#mayConnect(host), timeouts);
    this.https = guard(new https.Agent(options), (host) => this.#mayConnect(host), timeouts);
  }

  /** Rejects with the error of whoever decides when this host must not be reached. */
  allow(host: string): Promise<void> {
    if (!this.#allowHost) return Promise.resolve();
    let answer = this.#allowed.get(host);
    if (!answer) {
      answer = this.#allowHost(host);
      this.#allowed.set(host, answer);
      answer.catch(() => this.#allowed.delete(host));
    }
    return answer;
  }

  /** Breaks off what is under way, and makes no connection any more. */
  close(): void {
    this.#closed = true;
    this.http.destroy();
    this.https.destroy();
  }

  async #mayConnect(host: string): Promise<void> {
    await this.allow(host);
    if (this.#closed) throw Object.assign(new Error("the storage was closed"), { code: "ECONNABORTED" });
  }

  /** Remembers the Date of an answer. */
  noteServerDate(header: unknown): void {
    const date = typeof header === "string" ? new Date(header) : null;
    if (date && !Number.isNaN(date.getTime())) this.#server = { date, at: performance.now() };
  }

  /** What the server's clock shows now, to the second; null before its first answer. */
  serverTime(): Date | null {
    return this.#server && new Date(this.#server.date.getTime() + performance.now() - this.#server.at);
  }
}

type Created = (error: Error | null, socket?: Duplex) => void;
interface ConnectOptions {
  readonly host?: string | null;
  readonly lookup?: typeof lookup;
}
interface Connecting {
  createConnection(options: ConnectOptions, callback?: Created): Duplex | undefined;
}

/** Puts a question before each new connection of an agent (http.Agent documents both ways of handing over a socket). */
function guard<A extends http.Agent>(agent: A, allow: AllowHost, timeouts: Timeouts): A {
  // Documented for http.Agent, and missing from its types.
  const connecting = agent as unknown as Connecting;
  const connect = connecting.createConnection.bind(agent);
  connecting.createConnection = (options, callback) => {
    const host = (options.host ?? "").replace(/^\[|\]$/g, "");
    allow(host).then(
      () =>
        callback?.(
          null,
          withTimeouts(connect({ ...options, lookup: guardedLookup(allow) as typeof lookup }), timeouts),
        ),
      (error: unknown) => callback?.(error instanceof Error ? error : new Error("refused")),
    );
    return undefined;
  };
  return agent;
}

type LookupAnswer = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;

/** As Node's own lookup; fails when one of the addresses must not be reached. */
function guardedLookup(allow: AllowHost) {
  return (name: string, options: LookupOptions, answer: LookupAnswer) => {
    lookup(name, options, (error, found: string | LookupAddress[], family) => {
      if (error) return answer(error);
      const addresses = typeof found === "string" ? [found] : found.map(({ address }) => address);
      Promise.all(addresses.map(allow)).then(() => answer(null, found, family), answer);
    });
  };
}

/** Gives up on addresses that nobody answers at and on servers that went silent, whichever SDK is waiting. */
function withTimeouts(socket: Duplex | undefined, { connectMs, silenceMs }: Timeouts): Duplex | undefined {
  if (!(socket instanceof Socket)) return socket;
  const end = () => socket.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
  const timer = setTimeout(end, connectMs);
  for (const event of ["connect", "close"]) socket.once(event, () => clearTimeout(timer));
  socket.setTimeout(silenceMs, end);
  return socket;
}
