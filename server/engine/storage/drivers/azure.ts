import { randomBytes } from "node:crypto";
import type { BlockBlobClient, ContainerClient } from "@azure/storage-blob";
import type { StorageCredentials } from "../credentials";
import type { AzureLocation } from "../location";
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
import { openAzureContainer } from "./azure-client";
import { azureError, azureRefusal } from "./azure-errors";
import { Connections, type AllowHost } from "./connections";
import { Listing } from "./listing";
import { answerPieces, upload, type PartUpload } from "./pieces";

/**
 * Objects as block blobs of a container. Large ones are sent as blocks that no reader sees before they are committed;
 * the service forgets blocks that never are after a week. Accounts with a hierarchical namespace list names in another
 * order than that of their bytes and cannot be used (probeStorage finds out).
 */
export class AzureStore implements ObjectStore {
  readonly kind = "azure";
  readonly #location: AzureLocation;
  readonly #credentials: StorageCredentials;
  readonly #connections: Connections;
  #opened: Promise<ContainerClient> | null = null;

  /** Connects to nothing and loads nothing until the first call. */
  constructor(location: AzureLocation, credentials: StorageCredentials, allowHost?: AllowHost) {
    this.#location = location;
    this.#credentials = credentials;
    this.#connections = new Connections(allowHost);
  }

  async put(name: string, content: ObjectContent, options: PutOptions = {}): Promise<void> {
    assertObjectName(name);
    if (options.lock) throw lockUnsupported(this.kind);
    const conditions = options.ifNoneMatch ? { ifNoneMatch: "*" } : {};
    await upload(content, {
      whole: async (body) => void (await this.#send(name, (blob) => blob.upload(body, body.length, { conditions }))),
      begin: async () => this.#begin(name, conditions),
    });
  }

  async *get(name: string, range?: ByteRange): AsyncGenerator<Buffer> {
    assertObjectName(name);
    if (range?.length === 0) {
      if (!(await this.head(name))) throw objectNotFound(name);
      return;
    }
    try {
      const blob = (await this.#open()).getBlockBlobClient(this.#location.prefix + name);
      // Goes on by RetryingStore, not by the SDK.
      const answer = await blob.download(range?.offset ?? 0, range?.length, { maxRetryRequests: 0 });
      yield* answerPieces(answer.readableStreamBody, answer.contentLength);
    } catch (error) {
      if (azureRefusal(error)?.status === 416) return;
      throw azureError(error, name, this.serverTime());
    }
  }

  async head(name: string): Promise<ObjectFacts | null> {
    assertObjectName(name);
    const blob = (await this.#open()).getBlockBlobClient(this.#location.prefix + name);
    try {
      return { name, bytes: (await blob.getProperties()).contentLength ?? 0 };
    } catch (error) {
      if (azureRefusal(error)?.reason === "BlobNotFound") return null;
      throw azureError(error, name, this.serverTime());
    }
  }

  async *list(prefix: string): AsyncGenerator<ObjectFacts> {
    const folder = this.#location.prefix;
    try {
      const listing = new Listing(folder);
      for await (const page of (await this.#open()).listBlobsFlat({ prefix: folder + prefix }).byPage()) {
        const blobs = page.segment.blobItems ?? [];
        yield* listing.objects(
          blobs.map(({ name, properties }) => ({ key: name, bytes: properties.contentLength ?? 0 })),
        );
        listing.next(page.continuationToken);
      }
    } catch (error) {
      throw azureError(error, prefix, this.serverTime());
    }
  }

  async delete(name: string): Promise<void> {
    assertObjectName(name);
    await this.#send(name, async (blob) => {
      try {
        // Also what somebody's snapshots of the blob hold: they would make the service refuse.
        await blob.delete({ deleteSnapshots: "include" });
      } catch (error) {
        if (azureRefusal(error)?.reason !== "BlobNotFound") throw error;
      }
    });
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

  #begin(name: string, conditions: { ifNoneMatch?: string }): PartUpload<string> {
    // Two writers of one name must not take each other's blocks for their own; all ids of a blob have one length.
    const writer = randomBytes(12).toString("hex");
    return {
      part: async (content, index) => {
        const id = Buffer.from(`${writer}-${String(index).padStart(6, "0")}`).toString("base64");
        await this.#send(name, (blob) => blob.stageBlock(id, content, content.length));
        return id;
      },
      complete: async (ids) => void (await this.#send(name, (blob) => blob.commitBlockList(ids, { conditions }))),
      // Blocks cannot be taken back; the service forgets them.
      abort: async () => undefined,
    };
  }

  #open(): Promise<ContainerClient> {
    this.#opened ??= openAzureContainer(this.#location, this.#credentials, this.#connections).catch(
      (error: unknown) => {
        this.#opened = null;
        throw error;
      },
    );
    return this.#opened;
  }

  async #send<T>(name: string, work: (blob: BlockBlobClient) => Promise<T>): Promise<T> {
    const container = await this.#open();
    try {
      return await work(container.getBlockBlobClient(this.#location.prefix + name));
    } catch (error) {
      throw azureError(error, name, this.serverTime());
    }
  }
}
