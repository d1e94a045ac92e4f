import { createHash, randomBytes } from "node:crypto";
import type { MongoClient } from "mongodb";
import { InstallationKey } from "@/server/platform/crypto";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { MemoryNodeIndex, Repository } from "@/server/engine/repository";
import { ByteBudget } from "@/server/engine/source/byte-budget";
import { readBatches } from "@/server/engine/source/collection-reader";
import { silentProgress } from "@/server/engine/source/progress";
import { hasSessions } from "@/server/engine/source/raw-cursor";
import { takeSnapshot, type SnapshotResult, type TakeSnapshot } from "@/server/engine/source/take-snapshot";
import type { ObjectStore } from "@/server/engine/storage";
import { MemoryStore } from "@/server/engine/storage/drivers/memory";
import type { RestoreOptions } from "@/server/engine/restore/context";
import type { JournalState, RestoreJournal, RestoreResult } from "@/server/engine/restore/journal";
import { LiveNames } from "@/server/engine/restore/live-names";
import { restoreSnapshot } from "@/server/engine/restore/restore-snapshot";
import { readServerFacts } from "@/server/engine/restore/server-facts";

/** What the tests of snapshots and restores share: a repository, a journal, a look at all that a server holds. */

/** A repository in memory. */
export async function openTestRepository(store: ObjectStore = new MemoryStore()): Promise<Repository> {
  return Repository.create({
    store,
    index: new MemoryNodeIndex(),
    keys: { idKey: randomBytes(32), encryptionKey: randomBytes(32) },
    id: newId(),
    wrapWith: new InstallationKey("the installation key of the tests"),
  });
}

/** What the worker would give to takeSnapshot. */
export function testSnapshotOptions(client: MongoClient, repository: Repository): TakeSnapshot {
  return {
    client,
    repository,
    snapshot: { id: newId(), clusterId: newId(), clusterName: "shop", tier: "M10" },
    facts: { version: "8.0.4", fcv: "8.0", fcvPinned: false, setName: "rs0", supports: { snapshotReads: true } },
    signal: new AbortController().signal,
    progress: silentProgress,
  };
}

export function takeTestSnapshot(
  client: MongoClient,
  repository: Repository,
  over: Partial<TakeSnapshot> = {},
): Promise<SnapshotResult> {
  return takeSnapshot({ ...testSnapshotOptions(client, repository), ...over });
}

export function restoreOptions(
  client: MongoClient,
  repository: Repository,
  manifestId: string,
  over: Partial<RestoreOptions> = {},
): RestoreOptions {
  return {
    client,
    repository,
    manifestId,
    runId: "0".repeat(24),
    journal: new MemoryJournal(),
    signal: new AbortController().signal,
    progress: silentProgress,
    ...over,
  };
}

export function restoreInto(
  client: MongoClient,
  repository: Repository,
  manifestId: string,
  over: Partial<RestoreOptions> = {},
): Promise<RestoreResult> {
  return restoreSnapshot(restoreOptions(client, repository, manifestId, over));
}

/** Keeps states as text, as a database would. */
export class MemoryJournal implements RestoreJournal {
  text: string | null = null;
  phases: string[] = [];
  cancelled = false;
  uncancellable = false;

  read(): Promise<JournalState | null> {
    return Promise.resolve(this.text === null ? null : (JSON.parse(this.text) as JournalState));
  }

  write(state: JournalState): Promise<void> {
    this.text = JSON.stringify(state);
    this.phases.push(state.phase);
    return Promise.resolve();
  }

  beforeCommit(): Promise<void> {
    if (this.cancelled) return Promise.reject(new DomainError("RUN_CANCELLED"));
    this.uncancellable = true;
    return Promise.resolve();
  }
}

/** One collection or view: options, indexes, and a digest of every byte of its documents in their order. */
export interface NamespaceFacts {
  options: string;
  indexes: string[];
  documents: number;
  digest: string;
}

/**
 * All user namespaces of a deployment with what they hold, our own staging names included. Documents of a capped
 * collection in their order, of others by `_id`.
 */
export async function photograph(client: MongoClient): Promise<Record<string, NamespaceFacts>> {
  const live = await LiveNames.read(client, await readServerFacts(client), { withIndexes: true });
  const facts: Record<string, NamespaceFacts> = {};
  for (const { database, name, type, options, indexes, capped } of live.all()) {
    const { documents, digest } =
      type === "view" ? { documents: 0, digest: "" } : await digestOf(client, database, name, capped);
    facts[`${database}.${name}`] = { options, indexes, documents, digest };
  }
  return facts;
}

async function digestOf(
  client: MongoClient,
  database: string,
  collection: string,
  capped: boolean,
): Promise<{ documents: number; digest: string }> {
  const hash = createHash("sha256");
  let documents = 0;
  const batches = readBatches({
    client,
    database,
    collection,
    order: capped ? "natural" : "id",
    readConcern: null,
    hasSessions: await hasSessions(client),
    budget: new ByteBudget(64 * 1024 * 1024),
    signal: new AbortController().signal,
  });
  for await (const batch of batches) {
    for (const document of batch.documents) hash.update(document);
    documents += batch.documents.length;
  }
  return { documents, digest: hash.digest("hex") };
}
