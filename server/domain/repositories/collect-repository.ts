import { collectGarbage, type GarbageReport } from "@/server/engine/repository/garbage/garbage";
import { withAdvisoryLock } from "@/server/platform/advisory-lock";
import type { Db, GarbageRoundModel } from "@/server/platform/db";
import { env } from "@/server/platform/env";
import { DomainError, isDomainError, storedMessage } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { logger } from "@/server/platform/logger";
import { forgetLeaving } from "../snapshots/leaving-snapshots";
import { databaseNow, PostgresLedger } from "./ledger";
import { PostgresNodeIndex } from "./node-index";
import { openRepository } from "./open-repository";
import { removeLeftManifests, type LeftManifests } from "./remove-left-manifests";

const HOUR_MS = 60 * 60_000;
const ROUNDS_KEPT = 200;
const NAMED_MAX = 5;

export interface CollectOptions {
  /** How long a condemned pack waits at least; HOLDFAST_GARBAGE_GRACE_HOURS unless told otherwise. */
  graceMs?: number;
  signal?: AbortSignal;
}

/**
 * One round of garbage collection in a repository, kept as a row. Null when another process is at it. What goes wrong is
 * in the row and in the log, not thrown: the next round goes on from there.
 */
export async function collectRepository(
  from: Db,
  repositoryId: string,
  options: CollectOptions = {},
): Promise<GarbageRoundModel | null> {
  return withAdvisoryLock(`garbage of ${repositoryId}`, async (assertAlone) => {
    const startedAt = await databaseNow(from);
    const { id } = await from.garbageRound.create({ data: { id: newId(), repositoryId, startedAt } });
    const data = await collect(from, repositoryId, options, assertAlone).catch((error: unknown) => {
      logger.warn({ err: error, repositoryId }, "garbage could not be collected");
      const failure = isDomainError(error) ? error : new DomainError("INTERNAL", { cause: error });
      return { errorCode: failure.code, errorMessage: storedMessage(failure) };
    });
    const round = await from.garbageRound.update({
      where: { id },
      data: { ...data, finishedAt: await databaseNow(from) },
    });
    await forgetOldRounds(from, repositoryId);
    return round;
  });
}

async function collect(from: Db, repositoryId: string, options: CollectOptions, assertAlone: () => Promise<void>) {
  const repository = await openRepository(from, repositoryId);
  const left = await removeLeftManifests(from, repository, options.signal);
  const report = await collectGarbage({
    repository,
    index: new PostgresNodeIndex(from, repositoryId),
    ledger: new PostgresLedger(from, repositoryId),
    graceMs: options.graceMs ?? env.garbageGraceHours * HOUR_MS,
    signal: options.signal ?? new AbortController().signal,
    assertAlone,
  });
  // Only now it is known that the storage was there, and all of its manifests could be read.
  if (report.unreadable.length === 0) await forgetLeaving(from, left.goneIds);
  if (report.packsRemoved > 0 || report.packsCondemned > 0) logger.info({ repositoryId, report }, "garbage collected");
  return toRow(repositoryId, report, left);
}

function toRow(repositoryId: string, report: GarbageReport, left: LeftManifests) {
  const numbers = {
    manifests: report.manifests,
    manifestsRemoved: left.removed,
    manifestsForeign: left.foreign,
    liveNodes: BigInt(report.liveNodes),
    packs: report.packsKept + report.packsWaiting,
    packsFound: report.packsFound,
    packsCondemned: report.packsCondemned,
    packsPardoned: report.packsPardoned,
    packsRewritten: report.packsRewritten,
    packsDeleted: report.packsRemoved,
    packsWaiting: report.packsWaiting,
    waitingBytes: BigInt(report.waitingBytes),
    deletedBytes: BigInt(report.removedBytes),
    writtenBytes: BigInt(report.writtenBytes),
  };
  if (report.damagedPackIds.length > 0) {
    logger.warn(
      { repositoryId, packIds: report.damagedPackIds },
      "packs that no index lists cannot be read; they stay",
    );
  }
  const [first, ...others] = report.unreadable;
  if (!first) return { ...numbers, ...wordsOfGone(repositoryId, report) };
  logger.warn(
    { repositoryId, manifests: report.unreadable },
    "it is unknown what some snapshots need: nothing is removed",
  );
  const more = others.length >= NAMED_MAX ? `, and ${others.length + 1 - NAMED_MAX} more` : "";
  const names = report.unreadable.slice(0, NAMED_MAX).map(({ manifestId }) => manifestId);
  const errorMessage = `Nothing was removed, because it is unknown what these manifests need: ${names.join(", ")}${more}. ${first.message}`;
  return { ...numbers, errorCode: first.code, errorMessage };
}

function wordsOfGone(repositoryId: string, { gonePackIds }: GarbageReport) {
  const { length } = gonePackIds;
  if (length === 0) return {};
  logger.warn({ repositoryId, packIds: gonePackIds }, "packs are gone from the storage");
  const packs = length === 1 ? "1 pack is" : `${length} packs are`;
  const errorMessage = `${packs} gone from the storage. New snapshots store again what they need of it; "holdfast repository check" says which snapshots are affected.`;
  return { errorCode: "NODE_MISSING", errorMessage };
}

async function forgetOldRounds(from: Db, repositoryId: string): Promise<void> {
  const where = { repositoryId };
  const [last] = await from.garbageRound.findMany({
    where,
    orderBy: { startedAt: "desc" },
    skip: ROUNDS_KEPT,
    take: 1,
  });
  if (last) await from.garbageRound.deleteMany({ where: { repositoryId, startedAt: { lte: last.startedAt } } });
}
