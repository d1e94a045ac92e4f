import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { parseStorageUrl } from "../location";
import { openDriver, openObjectStore } from "../registry";
import { Listing } from "./listing";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A page of each service's list, with the token of the next. */
const SERVICES: Array<[string, (names: string[], token: string) => string]> = [
  [
    "s3://bucket?pathStyle=1&endpoint=",
    (names, token) =>
      `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>${names
        .map((name) => `<Contents><Key>${name}</Key><Size>1</Size></Contents>`)
        .join("")}</ListBucketResult>`,
  ],
  [
    "azblob://account/container?endpoint=",
    (names, token) =>
      `<?xml version="1.0"?><EnumerationResults ServiceEndpoint="x" ContainerName="container"><Blobs>${names
        .map((name) => `<Blob><Name>${name}</Name><Properties><Content-Length>1</Content-Length></Properties></Blob>`)
        .join("")}</Blobs><NextMarker>${token}</NextMarker></EnumerationResults>`,
  ],
  [
    "gs://bucket?endpoint=",
    (names, token) => JSON.stringify({ items: names.map((name) => ({ name, size: "1" })), nextPageToken: token }),
  ],
];

async function listAll(url: string, page: (count: number) => string): Promise<{ names: string[]; code: unknown }> {
  let pages = 0;
  const endpoint = await listen((_request, response) => {
    const body = page((pages += 1));
    response.setHeader("content-type", body.startsWith("{") ? "application/json" : "application/xml").end(body);
  });
  const names: string[] = [];
  const failed: unknown = await (async () => {
    const store = openDriver(parseStorageUrl(`${url}${endpoint}`), { kind: "none" });
    for await (const { name } of store.list("")) names.push(name);
  })().catch((error: unknown) => error);
  return { names, code: (failed as { code?: unknown } | undefined)?.code };
}

describe.each(SERVICES)("a list that does not end: %s", (url, page) => {
  it("is given up when the names do not ascend", async () => {
    const { names, code } = await listAll(url, (count) => page(["a", "b"], `t${count}`));
    expect({ names, code }).toEqual({ names: ["a", "b"], code: "STORAGE_UNSUITABLE" });
  });

  it("is given up when a page comes back", async () => {
    const { names, code } = await listAll(url, (count) => page([`a${count}`], "same"));
    expect({ names, code }).toEqual({ names: ["a1", "a2"], code: "STORAGE_UNSUITABLE" });
  });

  it("is given up after many empty pages", async () => {
    const { names, code } = await listAll(url, (count) => page([], `t${count}`));
    expect({ names, code }).toEqual({ names: [], code: "STORAGE_UNSUITABLE" });
  });
});

describe("a list", () => {
  it("passes over names that are none of ours, whose order by bytes is not JavaScript's", () => {
    const keys = ["x/a", "x/b/../c", "x/c\uffee", "x/c\u{1f600}", "x/d"].map((key) => ({ key, bytes: 1 }));
    expect([...new Listing("x/").objects(keys)].map(({ name }) => name)).toEqual(["a", "d"]);
  });
});

describe("a closed store", () => {
  it.each(SERVICES.map(([url]) => url))(
    "ends what is under way, and connects no more: %s",
    async (url) => {
      let requests = 0;
      const endpoint = await listen(() => void (requests += 1));
      const store = openObjectStore(`${url}${endpoint}`);
      const asked = store.head("x").catch((error: unknown) => error);
      await expect.poll(() => requests, { timeout: 10_000 }).toBe(1);
      store.close?.();
      expect(await asked).toMatchObject({ code: "STORAGE_UNAVAILABLE" });
      expect(requests).toBe(1);
    },
    20_000,
  );
});
