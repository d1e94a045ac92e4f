import { Binary, Long } from "bson";
import { elements } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { boolField, decodeDocument, isDocument, rawChild, type Document } from "../protocol/decode";
import { encodeDocument, RawValue } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import { presentOperation, visibleOperations } from "./diagnostics";
import { searchNotEnabled } from "./search-indexes";
import { storageStats } from "./statistics";

type SystemStage = (ctx: CommandContext, options: Document) => Buffer[];

function collStats(ctx: CommandContext, options: Document): Buffer[] {
  const entry = ctx.server.store.collection(ctx.namespace);
  if (ctx.server.views.find(ctx.namespace))
    throw commandError(166, `$collStats on a view is not supported: ${ctx.namespace}`);
  if (!entry && options.storageStats === undefined) throw commandError(26, `Collection [${ctx.namespace}] not found.`);
  const scale = isDocument(options.storageStats) ? Number(String(options.storageStats.scale ?? 1)) : 1;
  return [
    encodeDocument({
      ns: ctx.namespace,
      host: ctx.server.address,
      localTime: ctx.server.clock.now(),
      ...(options.storageStats !== undefined && { storageStats: storageStats(entry, scale) }),
      ...(options.count !== undefined && { count: Long.fromNumber(entry?.count ?? 0) }),
      ...(options.latencyStats !== undefined && {
        latencyStats: Object.fromEntries(
          ["reads", "writes", "commands", "transactions"].map((name) => [name, { latency: Long.ZERO, ops: Long.ZERO }]),
        ),
      }),
    }),
  ];
}

function indexStats(ctx: CommandContext): Buffer[] {
  const entry = ctx.server.store.collection(ctx.namespace);
  return (entry?.indexes ?? []).map((index) =>
    encodeDocument({
      name: index.name,
      key: RawValue.document(index.key),
      host: ctx.server.address,
      accesses: { ops: Long.ZERO, since: ctx.server.startedAt },
      spec: RawValue.document(index.spec),
    }),
  );
}

function currentOp(ctx: CommandContext, options: Document): Buffer[] {
  const all = boolField(options, "allUsers");
  if (all && !ctx.may("cluster", "inprog"))
    throw commandError(13, "not authorized on admin to run $currentOp for all users");
  return visibleOperations(ctx, all).map((operation) => encodeDocument(presentOperation(ctx, operation)));
}

function listSessions(ctx: CommandContext): Buffer[] {
  return ctx.server.sessions
    .list()
    .map((session) => encodeDocument({ _id: { id: new Binary(session.id, 4) }, lastUse: new Date(session.usedAt) }));
}

const STAGES: Record<string, SystemStage> = {
  $collStats: collStats,
  $indexStats: indexStats,
  $currentOp: currentOp,
  $listLocalSessions: listSessions,
  $listSessions: listSessions,
  $planCacheStats: () => [],
};

/** Stages that a real server has and this one does not. */
const NOT_HERE = new Set([
  "$changeStream",
  "$queryStats",
  "$listSampledQueries",
  "$shardedDataDistribution",
  "$listCatalog",
]);

const SEARCH = new Set(["$search", "$searchMeta", "$vectorSearch", "$listSearchIndexes"]);

export function firstStage(pipeline: readonly Buffer[]): string {
  const [first] = pipeline;
  if (!first) return "";
  for (const { name } of elements(first)) return name;
  return "";
}

/** What a stage about the server itself gives, or null when the pipeline does not begin with one. */
export function systemDocuments(ctx: CommandContext, pipeline: readonly Buffer[]): Buffer[] | null {
  const name = firstStage(pipeline);
  if (SEARCH.has(name)) throw searchNotEnabled();
  if (NOT_HERE.has(name)) throw commandError(115, `${name} is not supported by this server`);
  const stage = Object.hasOwn(STAGES, name) ? STAGES[name] : undefined;
  if (!stage) return null;
  const options = rawChild(pipeline[0]!, name);
  return stage(ctx, options ? decodeDocument(options) : {});
}

/** What reading a stage needs beside `find`. */
export function stageAction(name: string): { action: string; cluster: boolean } | null {
  if (name === "$collStats") return { action: "collStats", cluster: false };
  if (name === "$indexStats") return { action: "indexStats", cluster: false };
  if (name === "$planCacheStats") return { action: "planCacheRead", cluster: false };
  if (name === "$listSessions" || name === "$listLocalSessions") return { action: "listSessions", cluster: true };
  return null;
}
