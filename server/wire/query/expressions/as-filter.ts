import type { Collation } from "../collation";
import type { Raw } from "../raw";
import { isTruthy } from "../truth";
import { compileContext, compileExpression, environmentOf } from "./compile";

interface FilterScope {
  readonly collation: Collation | null;
  readonly variables: Readonly<Record<string, Raw>>;
}

/** $expr: a predicate on a document. */
export function compileExpressionFilter(expression: Raw, scope: FilterScope): (doc: Raw) => boolean {
  const context = compileContext(scope.collation, Object.keys(scope.variables));
  const compiled = compileExpression(expression, context);
  return (doc) => isTruthy(compiled(environmentOf(doc, scope.variables)));
}
