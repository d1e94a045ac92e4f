import { ObjectId } from "bson";
import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../../command-error";
import type { Collation } from "../collation";
import { equalRaw } from "../compare";
import { describe } from "../describe";
import { filterContext } from "../filter";
import { type FilterNode } from "../filter-node";
import { parseFilter } from "../filter-parse";
import {
  documentOf,
  fieldsOf,
  itemsOf,
  rawDocument,
  rawOf,
  rawTimestamp,
  topField,
  type DocumentLike,
  type Field,
  type Raw,
} from "../raw";
import { applyOperation } from "./apply-operation";
import { compileArrayFilters } from "./array-filters";
import { computeDiff } from "./diff";
import { parseOperations } from "./operations";
import { compileUpdatePipeline } from "./pipeline";
import { positionalIndex } from "./positional";
import { freeze, TreeObject } from "./tree";
import { documentFromFilter, isId } from "./upsert";

export type UpdateKind = "replacement" | "operators" | "pipeline";

export interface UpdateOptions {
  readonly arrayFilters?: readonly DocumentLike[];
  /** The query: says what `$` stands for and what an upsert starts from. */
  readonly filter?: DocumentLike | null;
  readonly collation?: Collation | null;
  /** `let` variables, for pipelines and $expr. */
  readonly variables?: Readonly<Record<string, Raw>>;
  /** `c` of an update statement: constants of a pipeline. */
  readonly constants?: DocumentLike | null;
  readonly now: Date;
  /** The logical time that $currentDate: {$type: "timestamp"} and an empty timestamp in a replacement become. */
  readonly timestamp?: { readonly seconds: number; readonly increment: number };
  /** Leaves Timestamp(0, 0) in a replacement as it is (bypassEmptyTsReplacement). */
  readonly keepEmptyTimestamps?: boolean;
}

export interface UpdateResult {
  /** The document after the update. */
  readonly document: Buffer;
  /** False when nothing changed: nModified does not count it and nothing has to be written. */
  readonly modified: boolean;
  /** The `$v: 2` delta; null for replacements, for inserts, and where no delta can say it. */
  readonly diff: Buffer | null;
}

export interface CompiledUpdate {
  readonly kind: UpdateKind;
  /** Applies to a document that the filter found. Throws 66 when `_id` would change. */
  apply(doc: Buffer): UpdateResult;
  /** The document that an upsert inserts: with `_id`, which is its first field. */
  insert(): Buffer;
}

/** `update` as it stands in a command: a document, or the array of a pipeline (as the value of the element). */
export function updateKind(update: Raw): UpdateKind {
  if (update.isArray) return "pipeline";
  if (!update.isObject) throw commandError(9, "Update argument must be either an object or an array");
  const [first] = fieldsOf(update);
  return first?.name.startsWith("$") ? "operators" : "replacement";
}

/** Compiles an update once for any number of documents. Throws what the server answers to a malformed one. */
export function compileUpdate(update: Raw, o: UpdateOptions): CompiledUpdate {
  const kind = updateKind(update);
  if (o.arrayFilters && o.arrayFilters.length > 0 && kind !== "operators") {
    throw commandError(
      9,
      `Cannot specify arrayFilters and a ${kind === "pipeline" ? "pipeline update" : "replacement document"}`,
    );
  }
  const filter = parseFilter(rawDocument(o.filter ?? {}), filterContext(o));
  const change = changeOf(kind, update, filter, o);
  return {
    kind,
    apply: (doc) => {
      const changed = change(rawDocument(doc), false);
      if (kind === "operators" && changed !== doc && topField(changed, "_id") === null) throw immutableId();
      const document = keepId(doc, changed);
      const modified = !document.equals(doc);
      return { document, modified, diff: modified ? diffOf(kind, doc, document) : null };
    },
    insert: () => {
      const base = documentFromFilter(filter, kind === "replacement" ? isId : () => true);
      const made = change(base, true);
      const id = topField(base.bytes(), "_id");
      const own = topField(made, "_id");
      if (id !== null && own !== null && !equalRaw(id, own)) throw immutableId();
      return withIdFirst(made, own ?? id ?? rawOf(new ObjectId()));
    },
  };
}

/** One document, one update; see compileUpdate. A null document is an upsert. */
export function applyUpdate(doc: Buffer | null, update: Raw, o: UpdateOptions): UpdateResult {
  const compiled = compileUpdate(update, o);
  return doc === null ? { document: compiled.insert(), modified: true, diff: null } : compiled.apply(doc);
}

type Change = (doc: Raw, isInsert: boolean) => Buffer;

function changeOf(kind: UpdateKind, update: Raw, filter: FilterNode, o: UpdateOptions): Change {
  if (kind === "replacement") {
    const replacement = parseReplacement(update, o);
    return () => replacement;
  }
  if (kind === "pipeline") {
    return compileUpdatePipeline(itemsOf(update), {
      collation: o.collation ?? null,
      now: o.now,
      variables: { ...o.variables, ...constantsOf(o.constants) },
    });
  }
  return operatorChange(update, filter, o);
}

function constantsOf(constants: DocumentLike | null | undefined): Record<string, Raw> {
  return Object.fromEntries(fieldsOf(rawDocument(constants ?? {})).map((field) => [field.name, field.value]));
}

function operatorChange(update: Raw, filter: FilterNode, o: UpdateOptions): Change {
  const collation = o.collation ?? null;
  const operations = parseOperations(update.bytes(), { collation });
  const arrayFilters = compileArrayFilters(o.arrayFilters ?? [], operations, collation);
  const { seconds, increment } = o.timestamp ?? { seconds: Math.floor(o.now.getTime() / 1000), increment: 1 };
  const values = { now: o.now, timestamp: rawTimestamp(seconds, increment) };
  return (doc, isInsert) => {
    const root = TreeObject.of(doc);
    const id = root.find("_id");
    const context = {
      root,
      before: doc,
      arrayFilters,
      values: { ...values, id: id ? describe(freeze(id.value)) : "" },
      positional: (array: string): number => {
        const index = isInsert ? null : positionalIndex(filter, doc, array, collation);
        if (index === null) {
          throw commandError(2, "The positional operator did not find the match needed from the query.");
        }
        return index;
      },
    };
    let changed = false;
    for (const operation of operations) {
      if (operation.onInsert && !isInsert) continue;
      changed = applyOperation(operation, context) || changed;
    }
    return changed ? freeze(root).bytes() : doc.bytes();
  };
}

function parseReplacement(update: Raw, o: UpdateOptions): Buffer {
  const fields = fieldsOf(update);
  const dollar = fields.find((field) => field.name.startsWith("$"));
  if (dollar) {
    throw commandError(
      52,
      `The dollar ($) prefixed field '${dollar.name}' in '${dollar.name}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
    );
  }
  if (o.keepEmptyTimestamps || !o.timestamp || !fields.some(isEmptyTimestamp)) return Buffer.from(update.bytes());
  const { seconds, increment } = o.timestamp;
  let next = increment;
  const now = (field: Field): Field => ({ name: field.name, value: rawTimestamp(seconds, next++) });
  return documentOf(fields.map((field) => (isEmptyTimestamp(field) ? now(field) : field)));
}

function isEmptyTimestamp({ name, value }: Field): boolean {
  return name !== "_id" && value.type === BSON_TYPE.timestamp && value.buf.readBigUInt64LE(value.start) === 0n;
}

function immutableId(): Error {
  return commandError(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
}

/** Brings back the stored `_id`, byte for byte; a replacement without one gets it in front. */
function keepId(before: Buffer, after: Buffer): Buffer {
  if (after === before) return after;
  const old = topField(before, "_id");
  const own = topField(after, "_id");
  if (old === null) return after;
  if (own === null) return withIdFirst(after, old);
  if (!equalRaw(old, own)) throw immutableId();
  if (own.type === old.type && own.bytes().equals(old.bytes())) return after;
  const root = TreeObject.of(rawDocument(after));
  root.set("_id", old);
  return freeze(root).bytes();
}

function withIdFirst(doc: Buffer, id: Raw): Buffer {
  const root = TreeObject.of(rawDocument(doc));
  root.remove("_id");
  root.fields.unshift({ name: "_id", nameBytes: null, value: id });
  return freeze(root).bytes();
}

function diffOf(kind: UpdateKind, before: Buffer, after: Buffer): Buffer | null {
  if (kind === "replacement") return null;
  const diff = computeDiff(before, after);
  return diff !== null && kind === "pipeline" && diff.length >= after.length ? null : diff;
}
