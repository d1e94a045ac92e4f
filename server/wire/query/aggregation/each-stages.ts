import { commandError } from "../../command-error";
import { compileContext, compileExpression, environmentOf, fieldPath } from "../expressions/compile";
import type { Expression } from "../expressions/types";
import { compileFilter } from "../filter";
import { compileAddFields, compileProject } from "../projection/projection";
import {
  fieldOf,
  fieldsOf,
  isEmptyContainer,
  itemsOf,
  MISSING,
  NULL,
  rawDocument,
  rawInt64,
  rawObject,
  FALSE,
  type Raw,
} from "../raw";
import { isTruthy } from "../truth";
import { describe } from "../describe";
import { typeName } from "../type-names";
import { freeze, open, TreeObject } from "../update/tree";
import type { AggregationContext, EachStage, StageCompiler } from "./stage";

function each(change: (doc: Buffer) => Buffer): EachStage {
  return { kind: "each", each: (doc, emit) => emit(change(doc)) };
}

/** Compiles an expression of a stage to a function of a document. */
export function documentExpression(expression: Raw, context: AggregationContext): (doc: Raw) => Raw {
  const compiled: Expression = compileExpression(
    expression,
    compileContext(context.collation, Object.keys(context.variables)),
  );
  return (doc) => compiled(environmentOf(doc, context.variables));
}

const match: StageCompiler = (spec, context) => {
  if (!spec.isObject) throw commandError(15959, "the match filter must be an expression in an object");
  const matches = compileFilter(spec.bytes(), context);
  return {
    kind: "each",
    each: (doc, emit) => {
      if (matches(doc)) emit(doc);
    },
  };
};

const unset: StageCompiler = (spec, context) => {
  const names = spec.isArray ? itemsOf(spec) : [spec];
  if (names.length === 0 || !names.every((name) => name.isString)) {
    throw commandError(31120, "$unset specification must be a string or an array of strings");
  }
  const fields = names.map((name) => ({ name: name.text(), value: FALSE }));
  return each(compileProject(rawObject(fields), context));
};

function replaceRoot(name: string, expression: Raw, context: AggregationContext): EachStage {
  const evaluate = documentExpression(expression, context);
  return each((doc) => {
    const value = evaluate(rawDocument(doc));
    if (!value.isObject) {
      throw commandError(
        40228,
        `'newRoot' expression must evaluate to an object, but resulting value was: ${describe(value)}. Type of resulting value: '${typeName(value.type)}'. Stage: ${name}`,
      );
    }
    return value.start === 0 && value.end === value.buf.length ? value.buf : value.bytes();
  });
}

const replaceRootStage: StageCompiler = (spec, context) => {
  const root = spec.isObject ? fieldOf(spec, "newRoot") : null;
  if (!spec.isObject)
    throw commandError(40229, `expected an object as specification for $replaceRoot stage, got ${typeName(spec.type)}`);
  if (root === null) throw commandError(40231, "no newRoot specified for the $replaceRoot stage");
  return replaceRoot("$replaceRoot", root, context);
};

interface UnwindSpec {
  readonly path: readonly string[];
  readonly keepsEmpty: boolean;
  readonly indexField: readonly string[] | null;
}

function unwindSpec(spec: Raw): UnwindSpec {
  if (!spec.isObject && !spec.isString)
    throw commandError(15981, "expected either a string or an object as specification for $unwind stage");
  const named = new Map(spec.isObject ? fieldsOf(spec).map((field) => [field.name, field.value] as const) : []);
  for (const name of named.keys()) {
    if (!["path", "includeArrayIndex", "preserveNullAndEmptyArrays"].includes(name)) {
      throw commandError(28811, `unrecognized option to $unwind stage: ${name}`);
    }
  }
  const path = spec.isString ? spec : named.get("path");
  if (path === undefined) throw commandError(28812, "no path specified to $unwind stage");
  if (!path.isString)
    throw commandError(28808, `expected a string as the path for $unwind stage, got ${typeName(path.type)}`);
  if (!path.text().startsWith("$"))
    throw commandError(28818, `path option to $unwind stage should be prefixed with a '$': ${path.text()}`);
  const index = named.get("includeArrayIndex");
  if (index && !index.isString)
    throw commandError(28810, "expected a non-empty string for the includeArrayIndex option to $unwind stage");
  if (index?.text().startsWith("$"))
    throw commandError(28822, "includeArrayIndex option to $unwind stage should not be prefixed with a '$'");
  return {
    path: fieldPath(path.text().slice(1)),
    keepsEmpty: named.has("preserveNullAndEmptyArrays") && isTruthy(named.get("preserveNullAndEmptyArrays")!),
    indexField: index ? fieldPath(index.text()) : null,
  };
}

/** $unwind goes through objects only: an array on the way means there is nothing to unwind. */
function valueAt(doc: Raw, path: readonly string[]): Raw {
  let current: Raw | null = doc;
  for (const part of path) {
    current = current.isObject ? fieldOf(current, part) : null;
    if (current === null) return MISSING;
  }
  return current;
}

/** A copy of the document with the value at a path; null removes it. */
function withValue(doc: Raw, path: readonly string[], value: Raw | null): Raw {
  const root = open(doc) as TreeObject;
  let node = root;
  path.slice(0, -1).forEach((part) => {
    const found = node.find(part);
    const next = found === undefined ? new TreeObject([]) : open(found.value);
    const container = next instanceof TreeObject ? next : new TreeObject([]);
    node.set(part, container);
    node = container;
  });
  if (value === null) node.remove(path.at(-1)!);
  else node.set(path.at(-1)!, value);
  return freeze(root);
}

const unwind: StageCompiler = (spec) => {
  const { path, keepsEmpty, indexField } = unwindSpec(spec);
  const emitOne = (doc: Raw, index: Raw, emit: (doc: Buffer) => void): void =>
    emit(indexField === null ? doc.bytes() : withValue(doc, indexField, index).bytes());
  return {
    kind: "each",
    each: (doc, emit) => {
      const root = rawDocument(doc);
      const value = valueAt(root, path);
      if (!value.isArray) {
        if (value === MISSING || value.isNullish) {
          if (keepsEmpty) emitOne(root, NULL, emit);
        } else emitOne(root, NULL, emit);
        return;
      }
      if (isEmptyContainer(value)) {
        if (keepsEmpty) emitOne(withValue(root, path, null), NULL, emit);
        return;
      }
      itemsOf(value).forEach((item, i) => emitOne(withValue(root, path, item), rawInt64(BigInt(i)), emit));
    },
  };
};

/** Stages that look at one document at a time. */
export const eachStages: Readonly<Record<string, StageCompiler>> = {
  $match: match,
  $project: (spec, context) => each(compileProject(spec, context)),
  $addFields: (spec, context) => each(compileAddFields("$addFields", spec, context)),
  $set: (spec, context) => each(compileAddFields("$set", spec, context)),
  $unset: unset,
  $replaceRoot: replaceRootStage,
  $replaceWith: (spec, context) => replaceRoot("$replaceWith", spec, context),
  $unwind: unwind,
};
