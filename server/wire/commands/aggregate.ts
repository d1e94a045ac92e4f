import { BSON_TYPE, elements } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { boolField, isDocument, rawChild, rawElement, type Document } from "../protocol/decode";
import { parseCollation } from "../query";
import type { CommandContext } from "../runtime/context";
import type { Producer } from "../runtime/cursors";
import { awaitWriteConcern } from "../runtime/write-concern";
import { rawArrayItems } from "../runtime/views";
import { arrayProducer, assertCollectionUuid, EMPTY_PRODUCER, hintOf, iterableProducer } from "./collection-source";
import type { Command, Need } from "./command";
import { batchSizeOf, cursorOptions, openCursor } from "./cursor-reply";
import { explainCommand } from "./explain";
import { documentsOf, executePipeline, pipelineProducer } from "./pipeline-adapter";
import { outputStage, runOutput } from "./pipeline-output";
import { firstStage, stageAction, systemDocuments } from "./system-stages";

/** The stages of an aggregate command, raw. */
export function pipelineOf(ctx: CommandContext): Buffer[] {
  const element = rawElement(ctx.raw, "pipeline");
  if (element?.type !== BSON_TYPE.array) throw commandError(14, "'pipeline' option must be specified as an array");
  const stages = rawArrayItems(rawChild(ctx.raw, "pipeline"));
  for (const stage of stages) {
    if ([...elements(stage)].length !== 1)
      throw commandError(40323, "A pipeline stage specification object must contain exactly one field.");
  }
  return stages;
}

/** The collection, or null for an aggregation over the database. */
function targetName(ctx: CommandContext): string | null {
  return typeof ctx.body.aggregate === "string" ? ctx.collectionName : null;
}

function commandCollation(ctx: CommandContext): ReturnType<typeof parseCollation> | null {
  const raw = rawChild(ctx.raw, "collation");
  return raw && raw.length > 5 ? (parseCollation(raw) ?? null) : null;
}

function producerFor(ctx: CommandContext, stages: Buffer[], name: string | null): Producer {
  const namespace = name === null ? `${ctx.db}.$cmd.aggregate` : `${ctx.db}.${name}`;
  const collation = commandCollation(ctx) ?? null;
  const system = systemDocuments(ctx, stages);
  if (system) {
    const rest = stages.slice(1);
    if (rest.length === 0) return arrayProducer(system);
    return iterableProducer(executePipeline(ctx, rest, documentsOf(arrayProducer(system)), collation));
  }
  if (name === null) {
    if (firstStage(stages) !== "$documents") {
      throw commandError(73, `{aggregate: 1} is not valid for '${firstStage(stages)}'; a collection is required.`);
    }
    return iterableProducer(executePipeline(ctx, stages, documentsOf(EMPTY_PRODUCER), collation));
  }
  return pipelineProducer(ctx, { namespace, pipeline: stages, collation, hint: hintOf(ctx.raw, ctx.body) });
}

async function aggregate(ctx: CommandContext): Promise<Document> {
  ctx.server.opcounters.command += 1;
  const stages = pipelineOf(ctx);
  const name = targetName(ctx);
  if (boolField(ctx.body, "explain")) return explainCommand(ctx, "queryPlanner");
  if (!isDocument(ctx.body.cursor))
    throw commandError(9, "The 'cursor' option is required, except for aggregate with the explain argument");
  if (name !== null) assertCollectionUuid(ctx, ctx.server.store.collection(`${ctx.db}.${name}`));
  const namespace = name === null ? `${ctx.db}.$cmd.aggregate` : `${ctx.db}.${name}`;
  const output = outputStage(stages);
  if (output) {
    if (isDocument(ctx.body.readConcern) && ctx.body.readConcern.level === "linearizable")
      throw commandError(72, `${output.name} cannot be used with a 'linearizable' read concern level`);
    if (ctx.transaction) throw commandError(263, `${output.name} cannot be used in a transaction`);
    await runOutput(ctx, output, producerFor(ctx, stages.slice(0, -1), name));
    const reply = await openCursor(
      ctx,
      cursorOptions(ctx, { namespace, producer: EMPTY_PRODUCER }),
      batchSizeOf(ctx.body),
    );
    await awaitWriteConcern(ctx, reply);
    return reply;
  }
  const producer = producerFor(ctx, stages, name);
  return openCursor(ctx, cursorOptions(ctx, { namespace, producer }), batchSizeOf(ctx.body));
}

/** Other collections that stages read: looked for at every depth, because sub-pipelines nest. */
function readCollections(value: unknown, into: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) readCollections(item, into);
  if (!isDocument(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    if ((name === "$lookup" || name === "$graphLookup") && isDocument(inner) && typeof inner.from === "string")
      into.add(inner.from);
    if (name === "$unionWith")
      into.add(typeof inner === "string" ? inner : isDocument(inner) ? String(inner.coll ?? "") : "");
    readCollections(inner, into);
  }
}

function needs(ctx: CommandContext): Need[] {
  const stages = pipelineOf(ctx);
  const name = targetName(ctx) ?? "";
  const own = stageAction(firstStage(stages));
  const target = { db: ctx.db, collection: name };
  if (firstStage(stages) === "$currentOp") return [];
  const list: Need[] = own
    ? [{ target: own.cluster ? "cluster" : target, action: own.action }]
    : [{ target, action: "find" }];
  const others = new Set<string>();
  readCollections(ctx.body.pipeline, others);
  others.delete("");
  for (const collection of others) list.push({ target: { db: ctx.db, collection }, action: "find" });
  const output = outputStage(stages);
  if (output) {
    const [db, collection] = [output.target(ctx).db, output.target(ctx).collection];
    list.push({ target: { db, collection }, action: "insert" });
    list.push({ target: { db, collection }, action: output.name === "$out" ? "remove" : "update" });
  }
  return list;
}

export const aggregateCommands: readonly Command[] = [
  {
    name: "aggregate",
    needs,
    inTransaction: true,
    fields:
      "pipeline explain allowDiskUse cursor hint collation let bypassDocumentValidation needsMerge fromMongos isMapReduceCommand collectionUUID exchange runtimeConstants fromRouter".split(
        " ",
      ),
    run: aggregate,
  },
];
