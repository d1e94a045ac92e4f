import { createHash, randomBytes } from "node:crypto";
import type { Demo } from "./portal";

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

export interface ApiReply {
  status: number;
  body: Record<string, unknown>;
}

/** A small client of the Admin API with digest authentication: challenge, then the same request with the answer. */
export class ApiClient {
  constructor(private readonly demo: Demo) {}

  async call(method: string, path: string, body?: unknown): Promise<ApiReply> {
    const uri = `/api/atlas/v2${path}`;
    const send = (authorization?: string) =>
      fetch(this.demo.url + uri, {
        method,
        headers: {
          accept: "application/vnd.atlas.2025-03-12+json",
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(authorization && { authorization }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    const challenged = await send();
    const challenge = challenged.headers.get("www-authenticate") ?? "";
    await challenged.arrayBuffer();
    const response = await send(this.answer(method, uri, challenge));
    const text = await response.text();
    return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  /** As `call`, but an answer that is no success is an error that shows its code. */
  async must(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const reply = await this.call(method, path, body);
    if (reply.status < 300) return reply.body;
    throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  }

  /** Asks until `isDone` says so; it throws to give up. */
  async poll(path: string, isDone: (body: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    const deadline = performance.now() + 90_000;
    for (;;) {
      const body = await this.must("GET", path);
      if (isDone(body)) return body;
      if (performance.now() > deadline) throw new Error(`GET ${path} took too long: ${JSON.stringify(body)}`);
      await new Promise((done) => setTimeout(done, 300));
    }
  }

  private answer(method: string, uri: string, challenge: string): string {
    const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? "";
    const { publicKey, privateKey } = this.demo.api;
    const [realm, nonce, nc, cnonce] = [field("realm"), field("nonce"), "00000001", randomBytes(8).toString("hex")];
    const ha1 = md5(`${publicKey}:${realm}:${privateKey}`);
    const response = md5(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${md5(`${method}:${uri}`)}`);
    return (
      `Digest username="${publicKey}", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=MD5, ` +
      `response="${response}", qop=auth, nc=${nc}, cnonce="${cnonce}"`
    );
  }
}
