import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeBucket, Refused, type PutHeaders } from "./fake-s3-bucket";
import { refuseSignature } from "./fake-s3-signature";

export const FAKE_S3_USER = { id: "FAKEUSER", secret: "fake-secret-key" };

interface Upload {
  readonly key: string;
  readonly headers: PutHeaders;
  readonly parts: Map<number, Buffer>;
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly bucket: FakeBucket;
  readonly key: string;
  readonly body: Buffer;
}

/**
 * The calls of S3 that the driver makes, in memory, by what the documentation says: signatures, conditions, parts, versions,
 * locks. It holds the driver to the contract in every test run; the interop suite asks servers that others wrote.
 */
export class FakeS3 {
  readonly #buckets = new Map<string, FakeBucket>();
  readonly #uploads = new Map<string, Upload>();
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });
  /** As many servers do: overwrites whatever the condition says. */
  ignoresConditions = false;
  /** Lists folders before what lies beside them. */
  listsFoldersFirst = false;
  /** What its clock shows, off ours by so much. */
  clockOffsetMs = 0;
  /** Asked before each answer: a refusal to give instead, or "break" to end the connection. */
  fault: (request: IncomingMessage) => Refused | "break" | null = () => null;

  get openUploads(): number {
    return this.#uploads.size;
  }

  async start(buckets: Record<string, { hasLocks: boolean }>): Promise<string> {
    for (const [name, { hasLocks }] of Object.entries(buckets)) this.#buckets.set(name, new FakeBucket(hasLocks));
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    response.sendDate = false;
    response.setHeader("date", new Date(new Date().getTime() + this.clockOffsetMs).toUTCString());
    try {
      const fault = this.fault(request);
      if (fault === "break") return void response.destroy();
      if (fault) throw fault;
      const code = refuseSignature(request, body, FAKE_S3_USER);
      if (code) throw new Refused(403, code);
      if (Math.abs(this.clockOffsetMs) > 900_000) throw new Refused(403, "RequestTimeTooSkewed");
      const url = new URL(request.url ?? "", "http://fake");
      const [, name = "", key = ""] = /^\/([^/]*)\/?(.*)$/.exec(decodeURIComponent(url.pathname)) ?? [];
      const bucket = this.#buckets.get(name);
      if (!bucket) throw new Refused(404, "NoSuchBucket");
      this.#route({ request, response, query: url.searchParams, bucket, key, body });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const xml = `<Error><Code>${error.code}</Code><Message>no</Message></Error>`;
      response.writeHead(error.status, { "content-type": "application/xml" });
      response.end(request.method === "HEAD" ? undefined : xml);
    }
  }

  #route(call: Call): void {
    const { request, query, key } = call;
    if (key === "") return query.has("versions") ? listVersions(call) : this.#list(call);
    if (query.has("retention")) return request.method === "PUT" ? putRetention(call) : getRetention(call);
    if (query.has("uploads") || query.has("uploadId")) return this.#uploadCall(call);
    switch (request.method) {
      case "PUT":
        assertDigest(call);
        call.bucket.put(key, call.body, this.#putHeaders(call));
        return reply(call, 200);
      case "DELETE":
        call.bucket.delete(key, query.get("versionId"));
        return reply(call, 204);
      default:
        return getObject(call);
    }
  }

  #uploadCall(call: Call): void {
    const { request, query, bucket, key, body } = call;
    if (query.has("uploads")) {
      const headers = this.#putHeaders(call);
      bucket.assertMayPut(key, { ...headers, ifNoneMatch: false });
      const id = randomUUID();
      this.#uploads.set(id, { key, headers, parts: new Map() });
      return reply(
        call,
        200,
        `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    const id = query.get("uploadId") ?? "";
    const upload = this.#uploads.get(id);
    if (!upload || upload.key !== key) throw new Refused(404, "NoSuchUpload");
    if (request.method === "PUT") {
      assertDigest(call);
      upload.parts.set(Number(query.get("partNumber")), body);
      call.response.setHeader("etag", etag(body));
      return reply(call, 200);
    }
    if (request.method === "POST") {
      const parts = [...body.toString().matchAll(/<PartNumber>(\d+)</g)].map(([, number]) =>
        upload.parts.get(Number(number)),
      );
      if (parts.length === 0 || parts.includes(undefined)) throw new Refused(400, "InvalidPart");
      if (parts.slice(0, -1).some((part) => part!.length < 5 * 1024 * 1024)) throw new Refused(400, "EntityTooSmall");
      const { ifNoneMatch } = this.#putHeaders(call);
      bucket.put(key, Buffer.concat(parts as Buffer[]), { ...upload.headers, ifNoneMatch });
    }
    this.#uploads.delete(id);
    return request.method === "POST"
      ? reply(call, 200, `<CompleteMultipartUploadResult><Key>${key}</Key></CompleteMultipartUploadResult>`)
      : reply(call, 204);
  }

  #list(call: Call): void {
    const { query, bucket } = call;
    const after = Buffer.from(query.get("continuation-token") ?? "", "base64").toString();
    const keys = bucket.keys(query.get("prefix") ?? "").filter((key) => key > after && bucket.current(key));
    const page = keys.slice(0, 1000);
    if (this.listsFoldersFirst) page.sort((a, b) => Number(b.endsWith("/1")) - Number(a.endsWith("/1")));
    const contents = page.map(
      (key) => `<Contents><Key>${key}</Key><Size>${bucket.current(key)!.content!.length}</Size></Contents>`,
    );
    const next = keys.length > 1000 ? Buffer.from(page.at(-1)!).toString("base64") : null;
    const more = `<IsTruncated>${next !== null}</IsTruncated>${next === null ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`}`;
    reply(call, 200, `<ListBucketResult>${contents.join("")}${more}</ListBucketResult>`);
  }

  #putHeaders({ request: { headers } }: Call): PutHeaders {
    const mode = headers["x-amz-object-lock-mode"];
    const until = headers["x-amz-object-lock-retain-until-date"];
    const lock = typeof mode === "string" && typeof until === "string" ? { mode, until: new Date(until) } : null;
    return { ifNoneMatch: headers["if-none-match"] === "*" && !this.ignoresConditions, lock };
  }
}

function getObject(call: Call): void {
  const { request, response, bucket, key } = call;
  const content = bucket.current(key)?.content;
  if (!content) throw new Refused(404, "NoSuchKey");
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  if (range && Number(range[1]) >= content.length) throw new Refused(416, "InvalidRange");
  const part = range ? content.subarray(Number(range[1]), Number(range[2]) + 1) : content;
  response.writeHead(range ? 206 : 200, { "content-length": part.length, etag: etag(content) });
  response.end(request.method === "HEAD" ? undefined : part);
}

function listVersions(call: Call): void {
  const { query, bucket } = call;
  const entries = bucket.keys(query.get("prefix") ?? "").flatMap((key) => {
    const versions = bucket.versions(key);
    return versions.map(({ id, content, at }, i) => {
      const facts = `<Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${i === versions.length - 1}</IsLatest>`;
      const element = content ? "Version" : "DeleteMarker";
      return `<${element}>${facts}<LastModified>${at.toISOString()}</LastModified></${element}>`;
    });
  });
  reply(call, 200, `<ListVersionsResult>${entries.join("")}<IsTruncated>false</IsTruncated></ListVersionsResult>`);
}

function putRetention(call: Call): void {
  const [, mode = ""] = /<Mode>(\w+)</.exec(call.body.toString()) ?? [];
  const [, until = ""] = /<RetainUntilDate>([^<]+)</.exec(call.body.toString()) ?? [];
  call.bucket.extendLock(call.key, { mode, until: new Date(until) });
  reply(call, 200);
}

function getRetention(call: Call): void {
  const lock = call.bucket.version(call.key, call.query.get("versionId"))?.lock;
  if (!lock) throw new Refused(404, "NoSuchObjectLockConfiguration");
  const until = `<RetainUntilDate>${lock.until.toISOString()}</RetainUntilDate>`;
  reply(call, 200, `<Retention><Mode>${lock.mode}</Mode>${until}</Retention>`);
}

function assertDigest({ request, body, bucket }: Call): void {
  const stated = request.headers["content-md5"];
  if (stated === undefined && bucket.hasLocks) throw new Refused(400, "InvalidRequest");
  const actual = createHash("md5").update(body).digest("base64");
  if (stated !== undefined && stated !== actual) throw new Refused(400, "BadDigest");
}

function etag(content: Buffer): string {
  return `"${createHash("md5").update(content).digest("hex")}"`;
}

function reply({ response }: Call, status: number, xml = ""): void {
  response.writeHead(status, xml ? { "content-type": "application/xml" } : {});
  response.end(xml && `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}
