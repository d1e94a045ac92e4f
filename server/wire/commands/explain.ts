import { isAllowed } from "../auth/privileges";
import { commandError } from "../command-error";
import { isDocument, numberField, rawChild, type Document } from "../protocol/decode";
import { explainPlan, splitPipeline, type ExecutionCounts, type QueryPlan } from "../query";
import { CommandContext } from "../runtime/context";
import type { CollectionEntry } from "../storage/catalog-entry";
import { effectiveCollation, EMPTY, hintOf, planFor, QueryProducer, type QueryRequest } from "./collection-source";
import type { Command } from "./command";
import { buildInfo } from "./connection";
import { letVariables } from "./let-variables";
import { queryStages } from "./read-pipeline";
import { rawArrayItems } from "../runtime/views";

const VERBOSITIES = ["queryPlanner", "executionStats", "allPlansExecution"];
const EXPLAINED = new Set([
  "find",
  "aggregate",
  "count",
  "distinct",
  "findAndModify",
  "findandmodify",
  "update",
  "delete",
]);

/** The query inside a command, in whatever field the command keeps it. */
function queryOf(ctx: CommandContext, entry: CollectionEntry | undefined): QueryRequest {
  const { raw, body, name } = ctx;
  const common = { collation: effectiveCollation(ctx, entry), variables: letVariables(ctx), hint: hintOf(raw, body) };
  if (name === "aggregate") {
    const { filter, sort, limit } = splitPipeline(rawArrayItems(rawChild(raw, "pipeline")));
    return { ...common, filter: filter ?? EMPTY, sort, limit: limit ?? 0 };
  }
  if (name === "update" || name === "delete") {
    const [statement] = rawArrayItems(rawChild(raw, name === "update" ? "updates" : "deletes"));
    return { ...common, filter: (statement && rawChild(statement, "q")) ?? EMPTY };
  }
  const filter = rawChild(raw, name === "find" ? "filter" : "query") ?? EMPTY;
  const sort = rawChild(raw, "sort");
  const skip = numberField(body, "skip", 0);
  return { ...common, filter, sort: sort && sort.length > 5 ? sort : null, skip, limit: numberField(body, "limit", 0) };
}

async function measure(ctx: CommandContext, entry: CollectionEntry, request: QueryRequest): Promise<ExecutionCounts> {
  const started = performance.now();
  const { store } = ctx.server;
  const producer = new QueryProducer(ctx, () => store.latestOf(entry), entry, request);
  let returned = 0;
  for (let docs = await producer.next(); docs !== null; docs = await producer.next()) returned += docs.length;
  const { keysExamined, docsExamined } = producer.reader.stats;
  return { returned, keysExamined, docsExamined, millis: Math.round(performance.now() - started) };
}

/** What is read, and where: of a view, the collection below it and the part of the pipeline that it can answer. */
function explained(ctx: CommandContext): {
  namespace: string;
  entry: CollectionEntry | undefined;
  request: QueryRequest;
} {
  const { views, store } = ctx.server;
  const view = views.find(ctx.namespace);
  if (!view) {
    const entry = store.collection(ctx.namespace);
    return { namespace: ctx.namespace, entry, request: queryOf(ctx, entry) };
  }
  const { collection, pipeline } = views.resolve(view);
  const namespace = `${view.db}.${collection}`;
  const entry = store.collection(namespace);
  const own =
    ctx.name === "aggregate" ? rawArrayItems(rawChild(ctx.raw, "pipeline")) : queryStages(queryOf(ctx, entry));
  const { filter, sort, limit } = splitPipeline([...pipeline, ...own]);
  const { collation, variables, hint } = queryOf(ctx, entry);
  const common = { collation: collation ?? null, hint: hint ?? null, ...(variables && { variables }) };
  return { namespace, entry, request: { ...common, filter: filter ?? EMPTY, sort, limit: limit ?? 0 } };
}

/** Explains the command of a context: its plan, and with `executionStats` what running its reads counts. */
export async function explainCommand(ctx: CommandContext, verbosity: string): Promise<Document> {
  const { server } = ctx;
  const { namespace, entry, request } = explained(ctx);
  const plan: QueryPlan = entry ? planFor(entry, request) : { stage: "EOF", sorted: true };
  const counts = entry && verbosity !== "queryPlanner" ? await measure(ctx, entry, request) : undefined;
  const { skip, limit, filter, sort } = request;
  const shown = explainPlan(
    {
      namespace,
      plan,
      filter,
      sort: sort ?? null,
      projection: ctx.name === "find" ? rawChild(ctx.raw, "projection") : null,
      ...(skip && { skip }),
      ...(limit && { limit }),
    },
    counts,
  );
  const { version, gitVersion } = buildInfo(ctx);
  return {
    ...shown,
    command: ctx.body,
    serverInfo: { host: server.hostName, port: server.port, version, gitVersion },
    serverParameters: {},
  };
}

/** The command inside `explain` as a context of its own. */
function innerContext(ctx: CommandContext): CommandContext {
  const body = ctx.body.explain;
  const raw = rawChild(ctx.raw, "explain");
  if (!isDocument(body) || !raw)
    throw commandError(14, "BSON field 'explain' is the wrong type, expected type 'object'");
  const name = Object.keys(body)[0] ?? "";
  if (!EXPLAINED.has(name)) throw commandError(59, `Explain failed due to unknown command: ${name}`);
  const inner = new CommandContext(ctx.server, ctx.connection, { ...ctx.request, body: raw }, name, body, ctx.db);
  inner.operation = ctx.operation;
  return inner;
}

async function explain(ctx: CommandContext): Promise<Document> {
  const inner = innerContext(ctx);
  const verbosity = ctx.body.verbosity ?? "allPlansExecution";
  if (typeof verbosity !== "string" || !VERBOSITIES.includes(verbosity)) {
    throw commandError(
      2,
      `Enumeration value '${String(verbosity)}' for field 'explain.verbosity' is not a valid value.`,
    );
  }
  const target = { db: ctx.db, collection: inner.collectionName };
  if (!ctx.unrestricted && !isAllowed(ctx.privileges, target, "find")) {
    throw commandError(13, `not authorized on ${ctx.db} to execute command { explain }`);
  }
  return explainCommand(inner, verbosity);
}

export const explainCommands: readonly Command[] = [
  { name: "explain", needs: "anyone", fields: ["verbosity"], run: explain },
];
