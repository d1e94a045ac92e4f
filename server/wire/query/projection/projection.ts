import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../../command-error";
import type { Collation } from "../collation";
import { compileContext, compileExpression, environmentOf, fieldPath } from "../expressions/compile";
import type { CompileContext } from "../expressions/types";
import { filterContext } from "../filter";
import type { FilterNode } from "../filter-node";
import { parseFilter } from "../filter-parse";
import { fieldsOf, isEmptyContainer, rawDocument, type DocumentLike, type Field, type Raw } from "../raw";
import { isTruthy } from "../truth";
import { elemMatchTransform, positionalTransform, sliceTransform } from "./find-operators";
import { projectObject, ProjectionNode, type ProjectionLeaf, type ProjectionMode } from "./tree";

export interface ProjectionOptions {
  readonly collation?: Collation | null;
  readonly variables?: Readonly<Record<string, Raw>>;
}

interface Parser {
  readonly node: ProjectionNode;
  readonly context: CompileContext;
  /** Present for find, whose projections know $slice, $elemMatch and "a.$". */
  readonly find: { readonly filter: FilterNode; readonly collation: Collation | null } | null;
  mode: ProjectionMode | null;
  /** Where the mode was decided, for messages. */
  decidedBy: string;
  id: ProjectionLeaf | null;
}

/** The projection of find. An empty one returns documents as they are. Throws what the server answers to a malformed one. */
export function compileProjection(
  projection: DocumentLike,
  filter: DocumentLike = {},
  o: ProjectionOptions = {},
): (doc: Buffer) => Buffer {
  const spec = rawDocument(projection);
  if (isEmptyContainer(spec)) return (doc) => doc;
  const find = { filter: parseFilter(rawDocument(filter), filterContext(o)), collation: o.collation ?? null };
  return compile(spec, find, o);
}

/** $project. */
export function compileProject(spec: Raw, o: ProjectionOptions): (doc: Buffer) => Buffer {
  if (!spec.isObject) throw commandError(15969, "$project specification must be an object");
  if (isEmptyContainer(spec)) {
    throw commandError(51272, "Invalid $project :: caused by :: projection specification must have at least one field");
  }
  return compile(spec, null, o);
}

/** $addFields and $set. */
export function compileAddFields(name: string, spec: Raw, o: ProjectionOptions): (doc: Buffer) => Buffer {
  if (!spec.isObject) throw commandError(40272, `${name} specification stage must be an object, got ${spec.type}`);
  const context = compileContext(o.collation ?? null, Object.keys(o.variables ?? {}));
  const node = new ProjectionNode();
  const add = (path: string[], value: Raw): void => {
    const isNested = value.isObject && !isEmptyContainer(value) && !fieldsOf(value)[0]!.name.startsWith("$");
    if (!isNested) return node.add(path, { kind: "computed", expression: compileExpression(value, context) });
    for (const field of fieldsOf(value)) add([...path, ...fieldPath(field.name)], field.value);
  };
  for (const field of fieldsOf(spec)) add(fieldPath(field.name), field.value);
  return applied(node, "addition", o);
}

function compile(spec: Raw, find: Parser["find"], o: ProjectionOptions): (doc: Buffer) => Buffer {
  const context = compileContext(o.collation ?? null, Object.keys(o.variables ?? {}));
  const parser: Parser = { node: new ProjectionNode(), context, find, mode: null, decidedBy: "", id: null };
  for (const field of fieldsOf(spec)) parseField(parser, [], field);
  const { id } = parser;
  const mode = parser.mode ?? (id?.kind === "include" ? "inclusion" : "exclusion");
  if (id?.kind === "computed") parser.node.add(["_id"], id);
  else if (mode === "inclusion" && id?.kind !== "exclude") parser.node.children.set("_id", { kind: "include" });
  else if (mode === "exclusion" && id?.kind === "exclude") parser.node.children.set("_id", { kind: "exclude" });
  return applied(parser.node, mode, o);
}

function applied(node: ProjectionNode, mode: ProjectionMode, o: ProjectionOptions): (doc: Buffer) => Buffer {
  const variables = o.variables ?? {};
  return (doc) => {
    const root = rawDocument(doc);
    return projectObject(node, root, mode, environmentOf(root, variables)).bytes();
  };
}

function decide(parser: Parser, mode: "inclusion" | "exclusion", path: string): void {
  if (parser.mode !== null && parser.mode !== mode) {
    const code = mode === "exclusion" ? 31254 : 31253;
    throw commandError(
      code,
      `Invalid $project :: caused by :: Cannot do ${mode} on field ${path} in ${parser.mode} projection`,
    );
  }
  parser.mode = mode;
}

function parseField(parser: Parser, parents: readonly string[], { name, value }: Field): void {
  if (parser.find !== null && name.endsWith(".$"))
    return parsePositional(parser, [...parents, ...name.split(".").slice(0, -1)]);
  if (name === "") throw commandError(40352, "FieldPath cannot be constructed with empty string");
  const path = [...parents, ...fieldPath(name)];
  const text = path.join(".");
  const isId = text === "_id";
  if (value.isNumber || value.type === BSON_TYPE.bool) {
    const leaf: ProjectionLeaf = { kind: isTruthy(value) ? "include" : "exclude" };
    if (isId) {
      parser.id = leaf;
      return;
    }
    decide(parser, leaf.kind === "include" ? "inclusion" : "exclusion", text);
    return parser.node.add(path, leaf);
  }
  if (value.isObject) return parseObject(parser, path, value);
  computed(parser, path, value);
}

function parseObject(parser: Parser, path: readonly string[], value: Raw): void {
  const fields = fieldsOf(value);
  const text = path.join(".");
  if (fields.length === 0) {
    throw commandError(51270, `An empty sub-projection is not a valid value. Found empty object at path '${text}'`);
  }
  const first = fields[0]!;
  if (!first.name.startsWith("$")) {
    for (const field of fields) parseField(parser, path, field);
    return;
  }
  if (parser.find !== null && first.name === "$elemMatch") {
    decide(parser, "inclusion", text);
    return parser.node.add(path, elemMatchTransform(first.value, parser.find.collation));
  }
  if (parser.find !== null && first.name === "$slice" && isFindSlice(first.value)) {
    return parser.node.add(path, sliceTransform(first.value));
  }
  if (first.name === "$meta") throw commandError(40218, "query requires text score metadata, but it is not available");
  computed(parser, path, value);
}

/** {$slice: 5} and {$slice: [1, 5]}; with an array in front it is the expression. */
function isFindSlice(value: Raw): boolean {
  return value.isNumber || (value.isArray && fieldsOf(value).every((field) => field.value.isNumber));
}

function computed(parser: Parser, path: readonly string[], value: Raw): void {
  const leaf: ProjectionLeaf = { kind: "computed", expression: compileExpression(value, parser.context) };
  if (path.join(".") === "_id") {
    parser.id = leaf;
    parser.mode ??= "inclusion";
    return;
  }
  decide(parser, "inclusion", path.join("."));
  parser.node.add(path, leaf);
}

function parsePositional(parser: Parser, path: readonly string[]): void {
  const text = path.join(".");
  decide(parser, "inclusion", `${text}.$`);
  parser.node.add(path, positionalTransform(text, parser.find!.filter, parser.find!.collation));
}
