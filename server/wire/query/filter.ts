import type { Collation } from "./collation";
import type { FilterNode } from "./filter-node";
import { parseFilter } from "./filter-parse";
import type { FilterContext } from "./filter-values";
import { leafTest, traversesArrays } from "./filter-test";
import { anyAtPath, matchPath, type ElementTest } from "./path-walk";
import { Raw, rawDocument, type DocumentLike } from "./raw";
import { BSON_TYPE } from "@/server/engine/bson/document";

export interface FilterOptions {
  readonly collation?: Collation | null;
  /** `let` variables and NOW for $expr. */
  readonly variables?: Readonly<Record<string, Raw>>;
}

/** Fills in what a filter may refer to. */
export function filterContext(o: FilterOptions = {}): FilterContext {
  return { collation: o.collation ?? null, variables: o.variables ?? {} };
}

/**
 * Compiles a filter to a predicate on raw documents. MongoDB's semantics: comparison by exact value across numeric
 * types and only within one type bracket, null equal to missing, arrays entered on the way and at the end. Throws
 * CommandError while compiling; the predicate throws only what $expr throws.
 */
export function compileFilter(filter: DocumentLike, o: FilterOptions = {}): (doc: Buffer) => boolean {
  const context = filterContext(o);
  const matches = compileNode(parseFilter(rawDocument(filter), context), context.collation);
  return (doc) => matches(doc, 0, doc.length);
}

type DocumentTest = (buf: Buffer, start: number, end: number) => boolean;

/** Compiles a parsed filter to a predicate on a document at an offset. */
export function compileNode(node: FilterNode, collation: Collation | null): DocumentTest {
  switch (node.op) {
    case "always":
      return () => node.value;
    case "document":
      return (buf, start, end) => node.test(new Raw(buf, BSON_TYPE.object, start, end));
    case "not": {
      const child = compileNode(node.child, collation);
      return (buf, start, end) => !child(buf, start, end);
    }
    case "leaf": {
      const path = matchPath(node.path);
      const test = testOf(node, collation);
      const traverse = traversesArrays(node.leaf);
      return (buf, start, end) => anyAtPath(path, test, traverse, buf, start, end);
    }
    default: {
      const children = node.children.map((child) => compileNode(child, collation));
      if (node.op === "and") return (buf, start, end) => children.every((child) => child(buf, start, end));
      const wanted = node.op === "or";
      return (buf, start, end) => children.some((child) => child(buf, start, end)) === wanted;
    }
  }
}

function testOf(node: Extract<FilterNode, { op: "leaf" }>, collation: Collation | null): ElementTest {
  return leafTest(
    node.leaf,
    collation,
    (inner) => compileNode(inner, collation),
    (inner) => compileValueTest(inner, collation),
  );
}

/** Compiles conditions that hold for one value as it stands: $elemMatch: {$gt: 1}, $pull: {$gt: 1}, $not among them. */
export function compileValueTest(node: FilterNode, collation: Collation | null): ElementTest {
  switch (node.op) {
    case "always":
      return () => node.value;
    case "leaf":
      return testOf(node, collation);
    case "not": {
      const child = compileValueTest(node.child, collation);
      return (buf, type, start, end) => !child(buf, type, start, end);
    }
    case "document":
      return () => false;
    default: {
      const children = node.children.map((child) => compileValueTest(child, collation));
      if (node.op === "and") return (buf, type, start, end) => children.every((c) => c(buf, type, start, end));
      const wanted = node.op === "or";
      return (buf, type, start, end) => children.some((c) => c(buf, type, start, end)) === wanted;
    }
  }
}
