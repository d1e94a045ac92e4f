import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Repository, SnapshotManifest } from "@/server/engine/repository";
import { checkRepository } from "@/server/engine/repository/check/check";
import {
  assertWhole,
  describeCollection,
  type AffectedCollection,
} from "@/server/engine/repository/check/check-report";
import { refreshLocalIndex } from "@/server/engine/repository/node-index/refresh-local-index";
import { salvageSnapshot } from "@/server/engine/repository/check/salvage";
import { openObjectStore } from "@/server/engine/storage";
import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import { isAlive } from "@/server/platform/processes";
import type { CommandInput } from "../frame/command";
import { countWords } from "../frame/words";
import { collectionText } from "./check-text";
import { withRepository, type OpenedRepository } from "./open";
import { OverlayStore } from "./overlay-store";
import { findSnapshot } from "./snapshots";

const SCRATCH_PREFIX = "intact-";

/** A snapshot that can be read to its end. */
export interface IntactSnapshot {
  repository: Repository;
  manifestId: string;
  manifest: SnapshotManifest;
  /** What is left out; nothing unless damage was to be skipped. */
  damage: AffectedCollection[];
}

type Input = Pick<CommandInput, "values" | "signal" | "progress">;

/**
 * Opens the repository and makes sure of one snapshot before anything is done with it: every node must have its place,
 * else NODE_MISSING or NODE_CORRUPT names the collections. With `--skip-damaged` all of it is read first, and what is intact
 * becomes a snapshot of its own, in a scratch folder that goes with the command.
 */
export function withIntact<T>(input: Input, id: string, work: (snapshot: IntactSnapshot) => Promise<T>): Promise<T> {
  if (input.values["skip-damaged"] !== true) {
    return withRepository(input, async (opened) => {
      const found = await findSnapshot(opened.repository, id, input.signal);
      try {
        assertWhole((await check(input, opened, found.manifestId, false)).report);
        return await work({ ...found, repository: opened.repository, damage: [] });
      } catch (error) {
        throw withAdvice(error);
      }
    });
  }
  let scratch: string | null = null;
  return withRepository(
    input,
    async (opened) => {
      const { repository } = opened;
      const found = await findSnapshot(repository, id, input.signal);
      const { report, damageOf } = await check(input, opened, found.manifestId, true);
      const damaged = damageOf(found.manifestId);
      if (report.affected.length === 0) return work({ ...found, repository, damage: [] });
      input.progress.update("Collecting what is intact");
      const parts = aligned(found.manifest, damaged);
      const salvaged = await salvageSnapshot(repository, found.manifest, parts, input.signal);
      return work({ ...salvaged, repository, damage: damaged.map(describeCollection) });
    },
    {
      wrapStore: (store, folder) => {
        removeAbandoned(folder);
        scratch = join(folder, `${SCRATCH_PREFIX}${process.pid}`);
        return new OverlayStore(store, openObjectStore(pathToFileURL(scratch).href));
      },
    },
  ).finally(() => {
    if (scratch !== null) rmSync(scratch, { recursive: true, force: true });
  });
}

/** An error about damage, with what a person can do about it. */
function withAdvice(error: unknown): unknown {
  if (!isDomainError(error, "NODE_MISSING") && !isDomainError(error, "NODE_CORRUPT")) return error;
  const advice =
    '"holdfast repository check --read-data" names everything that is affected; --skip-damaged goes on with what is intact.';
  return new DomainError(error.code, { message: `${error.message}\n${advice}`, params: error.params, cause: error });
}

/** Scratch folders of commands that were killed. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(SCRATCH_PREFIX) ? Number(name.slice(SCRATCH_PREFIX.length)) : 0;
    if (pid > 0 && !isAlive(pid)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

type Damage = ReturnType<Awaited<ReturnType<typeof checkRepository>>["damageOf"]>;

/** Damage by the collections of this manifest, which was read apart from the one that was checked. */
function aligned(manifest: SnapshotManifest, damage: Damage): Damage {
  const own = manifest.members.flatMap(({ collections }) => collections);
  return damage.map((one) => {
    const { database, name } = one.collection;
    return { ...one, collection: own.find((other) => other.database === database && other.name === name)! };
  });
}

function check(
  { signal, progress }: Input,
  { repository, index }: OpenedRepository,
  manifestId: string,
  readData: boolean,
) {
  return checkRepository(repository, {
    readData,
    signal,
    manifestIds: [manifestId],
    knownPacks: index.knownPacks(),
    distrust: (nodeId, packId) => index.distrust(nodeId, packId),
    refresh: () => refreshLocalIndex(repository, index, { signal }),
    onProgress: ({ done }) => progress.update(`Checking the snapshot: ${countWords(done)} nodes`),
  });
}

/** What is missing, for people. */
export function damageText(damage: readonly AffectedCollection[]): string[] {
  return damage.length === 0
    ? []
    : ["Missing, because it is damaged in the repository:", ...damage.flatMap(collectionText)];
}
