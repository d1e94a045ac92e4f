import type { IncomingMessage } from "node:http";
import { parseServiceAccount, type StorageCredentials } from "../credentials";
import type { GcsLocation } from "../location";
import type { Connections } from "./connections";
import { gcsError, gcsNetworkError, gcsTokenError } from "./gcs-errors";
import { readJson, sendRequest, type HttpRequest } from "./http-request";

/** Where tokens come from, whatever the service's own address is. */
const TOKEN_HOST = "www.googleapis.com";
const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";

/** Gives the token for the next request; null for requests without a name. */
export type TokenSource = () => Promise<string | null>;

/**
 * The tokens of a service account, each used until it expires, asked for over the store's own connections. The library
 * is loaded, and the key read, at the first call. Rejects with STORAGE_CREDENTIALS_WRONG, STORAGE_CLOCK_SKEW, STORAGE_UNAVAILABLE.
 */
export function tokensFor(credentials: StorageCredentials, connections: Connections): TokenSource {
  if (credentials.kind !== "gcs") return () => Promise.resolve(null);
  const { client_email: email, private_key: key } = parseServiceAccount(credentials.serviceAccountJson);
  const opened = once(async () => {
    await connections.allow(TOKEN_HOST);
    const { JWT } = await import("google-auth-library");
    return new JWT({ email, key, scopes: [SCOPE], transporterOptions: { agent: connections.https } });
  });
  return async () => {
    const account = await opened();
    try {
      return (await account.getAccessToken()).token ?? null;
    } catch (error) {
      throw gcsTokenError(error);
    }
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}

/** Requests to the JSON API of Cloud Storage (cloud.google.com/storage/docs/json_api). */
export class GcsApi {
  readonly #base: string;
  readonly #host: string;
  readonly #bucket: string;
  readonly #connections: Connections;
  readonly #tokens: TokenSource;

  constructor(location: GcsLocation, connections: Connections, tokens: TokenSource) {
    this.#base = location.endpoint ?? "https://storage.googleapis.com";
    this.#host = location.host ?? "";
    this.#bucket = location.bucket;
    this.#connections = connections;
    this.#tokens = tokens;
  }

  /** The address of an object, or of the bucket's objects. */
  objectUrl(key: string | null, query: Record<string, string> = {}): URL {
    const path = `/storage/v1/b/${this.#bucket}/o${key === null ? "" : `/${encodeURIComponent(key)}`}`;
    return this.#url(path, query);
  }

  uploadUrl(query: Record<string, string>): URL {
    return this.#url(`/upload/storage/v1/b/${this.#bucket}/o`, query);
  }

  /** Resolves with an answer of one of the wanted statuses; rejects with the engine's error for any other. */
  async send(request: HttpRequest, name: string, wanted: readonly number[] = [200]): Promise<IncomingMessage> {
    await this.#connections.allow(this.#host);
    const headers = { ...request.headers, ...(await this.#identity(request.url)) };
    try {
      const answer = await sendRequest(this.#connections, { ...request, headers });
      const status = answer.statusCode ?? 0;
      if (wanted.includes(status)) return answer;
      throw gcsError(status, await readJson(answer), name);
    } catch (error) {
      throw gcsNetworkError(error, name);
    }
  }

  /** As `send`; reads the answer to its end as JSON. */
  async sendForJson(request: HttpRequest, name: string, wanted?: readonly number[]): Promise<unknown> {
    const answer = await this.send(request, name, wanted);
    try {
      return await readJson(answer);
    } catch (error) {
      throw gcsNetworkError(error, name);
    }
  }

  /** A token goes to the service's own address and nowhere else, wherever an upload was told to go. */
  async #identity(url: URL): Promise<Record<string, string>> {
    if (url.origin !== new URL(this.#base).origin) return {};
    const token = await this.#tokens();
    return token === null ? {} : { authorization: `Bearer ${token}` };
  }

  #url(path: string, query: Record<string, string>): URL {
    return new URL(`${this.#base}${path}?${new URLSearchParams(query).toString()}`);
  }
}
