import { createHash } from "node:crypto";
import type { PutObjectCommandInput } from "@aws-sdk/client-s3";
import type { StorageCredentials } from "../credentials";
import type { S3Location } from "../location";
import {
  assertObjectName,
  objectNotFound,
  type ByteRange,
  type ObjectContent,
  type ObjectFacts,
  type ObjectLock,
  type ObjectStore,
  type PutOptions,
} from "../storage";
import { Connections, type AllowHost } from "./connections";
import { Listing } from "./listing";
import { answerPieces, upload, type PartUpload } from "./pieces";
import { openS3Client, type OpenedS3 } from "./s3-client";
import { s3Error, s3Refusal } from "./s3-errors";
import { deleteVersions, extendLock } from "./s3-locks";

const DAY_MS = 24 * 60 * 60 * 1000;

interface Part {
  readonly ETag: string | undefined;
  readonly PartNumber: number;
}

/**
 * Objects in a bucket of S3 or of a server that speaks it. Needs a server with strong consistency and, for
 * `ifNoneMatch`, with conditional writes (probeStorage finds out). Uploads of more than one part are taken back when
 * they fail; what a killed process leaves goes by the bucket's own lifecycle rule.
 */
export class S3Store implements ObjectStore {
  readonly kind = "s3";
  readonly #location: S3Location;
  readonly #credentials: StorageCredentials;
  readonly #connections: Connections;
  #opened: Promise<OpenedS3> | null = null;

  /** Connects to nothing and loads nothing until the first call. */
  constructor(location: S3Location, credentials: StorageCredentials, allowHost?: AllowHost) {
    this.#location = location;
    this.#credentials = credentials;
    this.#connections = new Connections(allowHost);
  }

  async put(name: string, content: ObjectContent, options: PutOptions = {}): Promise<void> {
    assertObjectName(name);
    const target = { ...this.#at(name), ...this.#storing(options.lock) };
    const condition = options.ifNoneMatch ? { IfNoneMatch: "*" } : {};
    await upload(content, {
      whole: (body) =>
        this.#send(
          name,
          async ({ client, sdk }) => {
            await client.send(new sdk.PutObjectCommand({ ...target, ...condition, ...this.#body(body) }));
          },
          target.ObjectLockMode !== undefined,
        ),
      begin: () => this.#begin(name, target, condition),
    });
  }

  async *get(name: string, range?: ByteRange): AsyncGenerator<Buffer> {
    assertObjectName(name);
    if (range?.length === 0) {
      if (!(await this.head(name))) throw objectNotFound(name);
      return;
    }
    const Range = range && `bytes=${range.offset}-${range.offset + range.length - 1}`;
    try {
      const { client, sdk } = await this.#open();
      const answer = await client.send(new sdk.GetObjectCommand({ ...this.#at(name), Range }));
      yield* answerPieces(answer.Body, answer.ContentLength);
    } catch (error) {
      if (s3Refusal(error)?.status === 416) return;
      throw s3Error(error, name);
    }
  }

  async head(name: string): Promise<ObjectFacts | null> {
    assertObjectName(name);
    const { client, sdk } = await this.#open();
    try {
      const { ContentLength } = await client.send(new sdk.HeadObjectCommand(this.#at(name)));
      return { name, bytes: ContentLength ?? 0 };
    } catch (error) {
      const status = s3Refusal(error)?.status ?? null;
      if (status === null || status >= 500) throw s3Error(error, name);
    }
    // An answer to HEAD has no body, so it cannot say why. A list of this one name can.
    for await (const facts of this.list(name)) {
      if (facts.name === name) return facts;
      break;
    }
    return null;
  }

  async *list(prefix: string): AsyncGenerator<ObjectFacts> {
    const { bucket: Bucket, prefix: folder } = this.#location;
    const listing = new Listing(folder);
    let ContinuationToken: string | undefined;
    do {
      const input = { Bucket, Prefix: folder + prefix, ContinuationToken };
      const page = await this.#send(prefix, ({ client, sdk }) => client.send(new sdk.ListObjectsV2Command(input)));
      yield* listing.objects((page.Contents ?? []).map(({ Key = "", Size = 0 }) => ({ key: Key, bytes: Size })));
      ContinuationToken = listing.next(page.IsTruncated ? page.NextContinuationToken : undefined);
    } while (ContinuationToken);
  }

  async delete(name: string): Promise<void> {
    assertObjectName(name);
    const opened = await this.#open();
    if (this.#location.objectLock) return deleteVersions(opened, this.#at(name), name);
    await this.#send(name, ({ client, sdk }) => client.send(new sdk.DeleteObjectCommand(this.#at(name))));
  }

  async extendLock(name: string, lock: ObjectLock): Promise<void> {
    assertObjectName(name);
    await extendLock(await this.#open(), this.#at(name), lock, name);
  }

  serverTime(): Date | null {
    return this.#connections.serverTime();
  }

  close(): void {
    this.#connections.close();
  }

  async #begin(name: string, target: Target, condition: { IfNoneMatch?: string }): Promise<PartUpload<Part>> {
    const at = this.#at(name);
    const { client, sdk } = await this.#open();
    const { UploadId } = await this.#send(
      name,
      () => client.send(new sdk.CreateMultipartUploadCommand(target)),
      target.ObjectLockMode !== undefined,
    );
    return {
      part: (content, index) =>
        this.#send(name, async () => {
          const PartNumber = index + 1;
          const part = { ...at, UploadId, PartNumber, ...this.#body(content) };
          return { ETag: (await client.send(new sdk.UploadPartCommand(part))).ETag, PartNumber };
        }),
      complete: async (Parts) => {
        const whole = { ...at, UploadId, MultipartUpload: { Parts }, ...condition };
        await this.#send(name, () => client.send(new sdk.CompleteMultipartUploadCommand(whole)));
      },
      abort: async () => void (await client.send(new sdk.AbortMultipartUploadCommand({ ...at, UploadId }))),
    };
  }

  #at(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.#location.bucket, Key: this.#location.prefix + name };
  }

  /** How an object is to be kept: encrypted, locked. */
  #storing(asked: PutOptions["lock"]): Pick<PutObjectCommandInput, StoringKeys> {
    const { sse, kmsKeyId, lock } = this.#location;
    const always = lock && { mode: lock.mode, until: new Date(new Date().getTime() + lock.days * DAY_MS) };
    const chosen = asked === undefined ? always : asked;
    return {
      ...(sse && { ServerSideEncryption: sse, ...(kmsKeyId && { SSEKMSKeyId: kmsKeyId }) }),
      ...(chosen && { ObjectLockMode: chosen.mode, ObjectLockRetainUntilDate: chosen.until }),
    };
  }

  /** Buckets with Object Lock ask for a checksum; others need none, the signature covers the content. */
  #body(Body: Buffer): { Body: Buffer; ContentLength: number; ContentMD5?: string } {
    const facts = { Body, ContentLength: Body.length };
    return this.#location.objectLock
      ? { ...facts, ContentMD5: createHash("md5").update(Body).digest("base64") }
      : facts;
  }

  #open(): Promise<OpenedS3> {
    this.#opened ??= openS3Client(this.#location, this.#credentials, this.#connections).catch((error: unknown) => {
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  async #send<T>(name: string, work: (opened: OpenedS3) => Promise<T>, locking = false): Promise<T> {
    const opened = await this.#open();
    try {
      return await work(opened);
    } catch (error) {
      throw s3Error(error, name, locking);
    }
  }
}

type StoringKeys = "ServerSideEncryption" | "SSEKMSKeyId" | "ObjectLockMode" | "ObjectLockRetainUntilDate";
type Target = { Bucket: string; Key: string } & Pick<PutObjectCommandInput, StoringKeys>;
