import { readdirSync, readFileSync } from "node:fs";
import http, { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { parseStorageUrl } from "../location";
import { openDriver } from "../registry";
import { readObject } from "../storage";
import { TLS_CERTIFICATE, TLS_KEY } from "../testing/tls";
import { Connections } from "./connections";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

async function listen(answer: http.RequestListener): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

function fetchWith(connections: Connections, url: string): Promise<string | undefined> {
  return new Promise((done, fail) => {
    const request = http.get(url, { agent: connections.http }, (answer) => {
      answer.resume().on("end", () => done(answer.headers.date));
    });
    request.on("error", fail);
  });
}

describe("the connections of a store", () => {
  it("ask about each host once, whatever comes to it", async () => {
    const port = await listen((_request, response) => response.end("x"));
    const asked: string[] = [];
    const connections = new Connections(async (host) => void asked.push(host));
    await Promise.all([1, 2, 3].map(() => fetchWith(connections, `http://127.0.0.1:${port}/`)));
    expect(asked).toEqual(["127.0.0.1"]);
  });

  it("ask about the addresses that a name stands for when it is connected to", async () => {
    let requests = 0;
    const port = await listen((_request, response) => {
      requests += 1;
      response.end();
    });
    const asked: string[] = [];
    const connections = new Connections(async (host) => {
      asked.push(host);
      if (host !== "localhost") throw new Error(`not ${host}`);
    });
    await expect(fetchWith(connections, `http://localhost:${port}/`)).rejects.toThrowError(/^not (127\.|::1)/);
    expect(asked[0]).toBe("localhost");
    expect(requests).toBe(0);
  });

  it("are not made to a host that is refused, and it is asked about again next time", async () => {
    let requests = 0;
    const port = await listen((_request, response) => {
      requests += 1;
      response.end();
    });
    let asked = 0;
    const connections = new Connections(async () => {
      asked += 1;
      if (asked < 3) throw new Error("not this one");
    });
    const url = `http://127.0.0.1:${port}/`;
    for (const _ of [1, 2]) await expect(fetchWith(connections, url)).rejects.toThrowError("not this one");
    expect(requests).toBe(0);
    await fetchWith(connections, url);
    expect(requests).toBe(1);
  });

  it.each(["s3://bucket?pathStyle=1&endpoint=", "azblob://account/container?endpoint=", "gs://bucket?endpoint="])(
    "do not follow a server to where they must not go: %s",
    async (url) => {
      let reached = false;
      const inside = await listen((_request, response) => {
        reached = true;
        response.end("inside");
      });
      const port = await listen((_request, response) => {
        response.writeHead(302, { location: `http://localhost:${inside}/secret` }).end();
      });
      const allow = (host: string) => (host === "127.0.0.1" ? Promise.resolve() : Promise.reject(new Error("no")));
      const location = parseStorageUrl(`${url}http://127.0.0.1:${port}`);
      await expect(readObject(openDriver(location, { kind: "none" }, allow), "x")).rejects.toThrowError();
      expect(reached).toBe(false);
    },
  );

  it("are given up when a server goes silent", async () => {
    const port = await listen(() => undefined);
    const connections = new Connections(undefined, { connectMs: 5_000, silenceMs: 100 });
    await expect(fetchWith(connections, `http://127.0.0.1:${port}/`)).rejects.toThrowError(
      expect.objectContaining({ code: "ETIMEDOUT" }),
    );
  });

  it.each(["s3://bucket?pathStyle=1&endpoint=", "azblob://account/container?endpoint=", "gs://bucket?endpoint="])(
    "believe only in certificates that somebody vouches for: %s",
    async (url) => {
      const server = createTlsServer({ key: TLS_KEY, cert: TLS_CERTIFICATE }, (_request, response) => response.end());
      servers.push(server);
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      const location = parseStorageUrl(`${url}https://localhost:${(server.address() as AddressInfo).port}`);
      await expect(readObject(openDriver(location, { kind: "none" }), "x")).rejects.toThrowError(
        expect.objectContaining({
          code: "STORAGE_UNAVAILABLE",
          params: { name: "x", status: null, reason: "DEPTH_ZERO_SELF_SIGNED_CERT" },
        }),
      );
    },
  );

  it("know the server's time from its last answer", () => {
    const connections = new Connections();
    expect(connections.serverTime()).toBeNull();
    connections.noteServerDate("not a date");
    expect(connections.serverTime()).toBeNull();
    connections.noteServerDate("Sat, 21 Nov 2026 16:00:00 GMT");
    const passedMs = connections.serverTime()!.getTime() - Date.UTC(2026, 10, 21, 16);
    expect(passedMs).toBeGreaterThanOrEqual(0);
    expect(passedMs).toBeLessThan(1_000);
  });
});

describe("the SDKs", () => {
  it("are loaded at the first call of a store, not with our modules", () => {
    const sources = readdirSync(import.meta.dirname).filter(
      (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
    );
    expect(sources.length).toBeGreaterThan(10);
    for (const file of sources) {
      const source = readFileSync(`${import.meta.dirname}/${file}`, "utf8");
      expect(source, file).not.toMatch(/^import (?!type )[^;]*from "(@aws-sdk|@azure|google-auth-library)/m);
    }
  });
});
