import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";

/** What a session says to a part instead of taking it. */
export interface SessionAnswer {
  readonly status: number;
  readonly range?: string;
}

/**
 * The few calls of Cloud Storage's JSON API that the driver makes, in memory: enough to hold the driver to the contract in
 * every test run. It knows only what the documentation says; the interop suite asks a server that somebody else wrote.
 */
export class FakeGcs {
  readonly #objects = new Map<string, Buffer>();
  readonly #uploads = new Map<string, { key: string; isNew: boolean; pieces: Buffer[]; bytes: number }>();
  readonly #bucket: string;
  readonly #token: string;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });
  /** Asked before each answer; true breaks the connection instead. */
  breaks: (request: IncomingMessage) => boolean = () => false;
  /** Gives the whole object to who asks for a part of it. */
  ignoresRanges = false;
  /** Asked before each part of a resumable upload; what it gives is answered instead, null lets the part in. */
  answersPart: () => SessionAnswer | null = () => null;

  constructor(bucket: string, token: string) {
    this.#bucket = bucket;
    this.#token = token;
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** Uploads that were begun and neither ended nor taken back. */
  get openUploads(): number {
    return this.#uploads.size;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (this.breaks(request)) return void response.destroy();
    const url = new URL(request.url ?? "", "http://fake");
    if (url.pathname.startsWith("/session/")) return this.#continueUpload(request, response, url, body);
    if (request.headers.authorization !== `Bearer ${this.#token}`) return refuse(response, 401, "authError");
    const path = /^(\/upload)?\/storage\/v1\/b\/([^/]+)\/o(?:\/([^/]+))?$/.exec(url.pathname);
    if (!path || path[2] !== this.#bucket) return refuse(response, 404, "notFound");
    if (path[1]) return this.#upload(response, url, body);
    if (path[3] === undefined) return this.#list(response, url);
    return this.#object(request, response, url, decodeURIComponent(path[3]));
  }

  #upload(response: ServerResponse, url: URL, body: Buffer): void {
    const key = url.searchParams.get("name") ?? "";
    const isNew = url.searchParams.get("ifGenerationMatch") === "0";
    if (isNew && this.#objects.has(key)) return refuse(response, 412, "conditionNotMet");
    if (url.searchParams.get("uploadType") === "media") return this.#store(response, key, body);
    const id = randomUUID();
    this.#uploads.set(id, { key, isNew, pieces: [], bytes: 0 });
    const { port } = this.#server.address() as AddressInfo;
    response.writeHead(200, { location: `http://127.0.0.1:${port}/session/${id}` }).end();
  }

  #continueUpload(request: IncomingMessage, response: ServerResponse, url: URL, body: Buffer): void {
    const id = url.pathname.slice("/session/".length);
    const session = this.#uploads.get(id);
    if (!session) return refuse(response, 404, "notFound");
    if (request.method === "DELETE") {
      this.#uploads.delete(id);
      return void response.writeHead(499).end();
    }
    const instead = this.answersPart();
    if (instead) return void response.writeHead(instead.status, instead.range ? { range: instead.range } : {}).end();
    const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(request.headers["content-range"] ?? "");
    const isLast = range?.[3] !== "*";
    const fits = Number(range?.[1]) === session.bytes && Number(range?.[2]) === session.bytes + body.length - 1;
    if (!range || !fits || (!isLast && body.length % (256 * 1024) !== 0)) return refuse(response, 400, "badRequest");
    session.pieces.push(body);
    session.bytes += body.length;
    if (!isLast) return void response.writeHead(308, { range: `bytes=0-${session.bytes - 1}` }).end();
    this.#uploads.delete(id);
    if (session.isNew && this.#objects.has(session.key)) return refuse(response, 412, "conditionNotMet");
    this.#store(response, session.key, Buffer.concat(session.pieces));
  }

  #store(response: ServerResponse, key: string, content: Buffer): void {
    this.#objects.set(key, content);
    reply(response, { name: key, size: String(content.length) });
  }

  #list(response: ServerResponse, url: URL): void {
    const prefix = url.searchParams.get("prefix") ?? "";
    const after = Buffer.from(url.searchParams.get("pageToken") ?? "", "base64").toString();
    const max = Number(url.searchParams.get("maxResults") ?? "1000");
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const items = keys.slice(0, max).map((name) => ({ name, size: String(this.#objects.get(name)!.length) }));
    const nextPageToken = keys.length > max ? Buffer.from(keys[max - 1]!).toString("base64") : undefined;
    reply(response, { ...(items.length > 0 && { items }), nextPageToken });
  }

  #object(request: IncomingMessage, response: ServerResponse, url: URL, key: string): void {
    const content = this.#objects.get(key);
    if (!content) return refuse(response, 404, "notFound");
    if (request.method === "DELETE") {
      this.#objects.delete(key);
      return void response.writeHead(204).end();
    }
    if (url.searchParams.get("alt") !== "media") return reply(response, { name: key, size: String(content.length) });
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    if (!range || this.ignoresRanges)
      return void response.writeHead(200, { "content-length": content.length }).end(content);
    if (Number(range[1]) >= content.length) return void response.writeHead(416).end();
    const part = content.subarray(Number(range[1]), Number(range[2]) + 1);
    response.writeHead(206, { "content-length": part.length }).end(part);
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

function reply(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  const body = JSON.stringify({ error: { code: status, errors: [{ reason }] } });
  response.writeHead(status, { "content-type": "application/json" }).end(body);
}
