import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { believeConnections } from "./client-address";

let server: Server | undefined;
afterEach(() => server?.close());

/** What a server's request handler reads in X-Forwarded-For when the client sent this. */
async function seen(listenOn: string, sent?: string | string[]): Promise<string | string[] | undefined> {
  let read: string | string[] | undefined;
  server = createServer((incoming, response) => {
    read = incoming.headers["x-forwarded-for"];
    response.end();
  });
  await new Promise<void>((done) => server!.listen(0, listenOn, done));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((done, fail) => {
    const headers = sent === undefined ? {} : { "X-Forwarded-For": sent };
    request({ host: "127.0.0.1", port, headers }, (response) => response.resume().once("end", done))
      .once("error", fail)
      .end();
  });
  server.close();
  return read;
}

it("lets a client choose its address only until connections are believed alone", async () => {
  expect(await seen("127.0.0.1", "203.0.113.9")).toBe("203.0.113.9");
  believeConnections();
  expect(await seen("127.0.0.1", "203.0.113.9")).toBe("127.0.0.1");
  expect(await seen("127.0.0.1", ["203.0.113.9", "203.0.113.10"])).toBe("127.0.0.1");
  expect(await seen("127.0.0.1")).toBe("127.0.0.1");
});

it("writes an IPv4 client of an IPv6 server as IPv4", async () => {
  believeConnections();
  expect(await seen("::")).toBe("127.0.0.1");
});
