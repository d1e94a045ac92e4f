import * as z from "zod/mini";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import type { StorageCredentials } from "../credentials";
import type { GcsLocation } from "../location";
import {
  assertObjectName,
  lockUnsupported,
  objectNotFound,
  type ByteRange,
  type ObjectContent,
  type ObjectFacts,
  type ObjectStore,
  type PutOptions,
} from "../storage";
import { Connections, type AllowHost } from "./connections";
import { GcsApi, tokensFor, type TokenSource } from "./gcs-client";
import { gcsNetworkError } from "./gcs-errors";
import { beginResumableUpload } from "./gcs-upload";
import { Listing } from "./listing";
import { answerPieces, upload } from "./pieces";

const Facts = z.object({ name: z.string(), size: z.optional(z.string()) });
const Page = z.object({ items: z.optional(z.array(Facts)), nextPageToken: z.optional(z.string()) });
const PAGE_OBJECTS = "1000";

/** Objects in a bucket of Google Cloud Storage, by its JSON API. */
export class GcsStore implements ObjectStore {
  readonly kind = "gcs";
  readonly #prefix: string;
  readonly #connections: Connections;
  readonly #api: GcsApi;

  /** Connects to nothing and loads nothing until the first call. `tokens` takes the place of the credentials' own. */
  constructor(location: GcsLocation, credentials: StorageCredentials, allowHost?: AllowHost, tokens?: TokenSource) {
    this.#prefix = location.prefix;
    this.#connections = new Connections(allowHost);
    this.#api = new GcsApi(location, this.#connections, tokens ?? tokensFor(credentials, this.#connections));
  }

  async put(name: string, content: ObjectContent, options: PutOptions = {}): Promise<void> {
    assertObjectName(name);
    if (options.lock) throw lockUnsupported(this.kind);
    const query = { name: this.#prefix + name, ...(options.ifNoneMatch && { ifGenerationMatch: "0" }) };
    await upload(content, {
      whole: async (body) => {
        const url = this.#api.uploadUrl({ ...query, uploadType: "media" });
        const headers = { "content-type": "application/octet-stream" };
        await this.#api.sendForJson({ method: "POST", url, headers, body }, name);
      },
      begin: () => beginResumableUpload(this.#api, query, name),
      // The parts of such an upload can only be sent one after another, and none again by itself.
      partsAtOnce: 1,
      partAttemptsMax: 1,
    });
  }

  async *get(name: string, range?: ByteRange): AsyncGenerator<Buffer> {
    assertObjectName(name);
    const isEmpty = range?.length === 0;
    const bytes = range && `bytes=${range.offset}-${range.offset + Math.max(1, range.length) - 1}`;
    const url = this.#api.objectUrl(this.#prefix + name, { alt: "media" });
    const headers = { "accept-encoding": "identity", ...(bytes && { range: bytes }) };
    try {
      const answer = await this.#api.send({ method: "GET", url, headers }, name, [200, 206, 416]);
      const length = readLength(answer.headers["content-length"]);
      if (answer.statusCode === 416 || isEmpty) answer.destroy();
      else if (range && answer.statusCode === 200 && !isWhole(range, length)) {
        answer.destroy();
        throw rangeIgnored(name);
      } else yield* answerPieces(answer, length);
    } catch (error) {
      if (!isMissing(error)) throw gcsNetworkError(error, name);
      await this.#assertBucket();
      throw objectNotFound(name);
    }
  }

  async head(name: string): Promise<ObjectFacts | null> {
    assertObjectName(name);
    const url = this.#api.objectUrl(this.#prefix + name, { fields: "name,size" });
    try {
      const facts = await this.#api.sendForJson({ method: "GET", url }, name);
      return { name, bytes: Number(read(Facts, facts, name).size ?? 0) };
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.#assertBucket();
      return null;
    }
  }

  async *list(prefix: string): AsyncGenerator<ObjectFacts> {
    const listing = new Listing(this.#prefix);
    let pageToken: string | undefined;
    do {
      const page = await this.#page(this.#prefix + prefix, PAGE_OBJECTS, pageToken);
      yield* listing.objects((page.items ?? []).map(({ name, size }) => ({ key: name, bytes: Number(size ?? 0) })));
      pageToken = listing.next(page.nextPageToken);
    } while (pageToken);
  }

  async delete(name: string): Promise<void> {
    assertObjectName(name);
    const url = this.#api.objectUrl(this.#prefix + name);
    try {
      await this.#api.sendForJson({ method: "DELETE", url }, name, [200, 204]);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.#assertBucket();
    }
  }

  extendLock(): Promise<void> {
    return Promise.reject(lockUnsupported(this.kind));
  }

  serverTime(): Date | null {
    return this.#connections.serverTime();
  }

  close(): void {
    this.#connections.close();
  }

  /** A missing object and a missing bucket are refused in the same words; only a list tells. */
  async #assertBucket(): Promise<void> {
    await this.#page(this.#prefix, "1");
  }

  async #page(prefix: string, maxResults: string, pageToken?: string): Promise<z.infer<typeof Page>> {
    const fields = "items(name,size),nextPageToken";
    const url = this.#api.objectUrl(null, { prefix, maxResults, fields, ...(pageToken && { pageToken }) });
    return read(Page, await this.#api.sendForJson({ method: "GET", url }, prefix), prefix);
  }
}

function isMissing(error: unknown): boolean {
  return isDomainError(error, "STORAGE_BUCKET_NOT_FOUND");
}

function readLength(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}

/** Whether a range is all of an object. */
function isWhole({ offset, length }: ByteRange, bytes = Infinity): boolean {
  return offset === 0 && bytes <= length;
}

function rangeIgnored(name: string): DomainError {
  const message = `asked for a part of ${name}, the storage gives all of it`;
  return new DomainError("STORAGE_UNSUITABLE", { message, params: { name } });
}

/** Throws STORAGE_REFUSED for an answer that is not one of the service: a proxy's page, say. */
function read<T extends z.ZodMiniType>(schema: T, value: unknown, name: string): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const message = `the answer about ${name} is not one of Cloud Storage`;
  throw new DomainError("STORAGE_REFUSED", { message, params: { name, reason: "NOT_JSON", status: 200 } });
}
