import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { Connections } from "./connections";

/** An answer that carries a refusal is small; more of it is not read. */
const JSON_BYTES_MAX = 8 * 1024 * 1024;

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: URL;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}

/**
 * Sends one request over the connections of a store and resolves with its answer, whatever its status is; redirects are
 * not followed. Rejects with the network's error. The caller reads the answer's body to its end or destroys it.
 */
export function sendRequest(connections: Connections, request: HttpRequest): Promise<IncomingMessage> {
  const { method, url, headers = {}, body } = request;
  const isTls = url.protocol === "https:";
  const options = {
    method,
    agent: isTls ? connections.https : connections.http,
    headers: { ...headers, ...(body && { "content-length": String(body.length) }) },
  };
  return new Promise((done, fail) => {
    const sent = (isTls ? https : http).request(url, options, (answer) => {
      connections.noteServerDate(answer.headers.date);
      done(answer);
    });
    sent.on("error", fail);
    sent.end(body);
  });
}

/** The body of an answer as JSON; null for one that is empty, too long or something else. */
export async function readJson(answer: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > JSON_BYTES_MAX) return null;
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8")) as unknown;
  } catch {
    return null;
  }
}
