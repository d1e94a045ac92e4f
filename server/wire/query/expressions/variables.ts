import { fieldsOf, rawDocument, rawObject, type DocumentLike, type Raw } from "../raw";
import { compileContext, compileExpression, environmentOf } from "./compile";
import { assertVariableName } from "./control";

/**
 * The variables of a command's `let`: each value is an expression without a document to look at, so {$literal: "$a"} is
 * "$a". Later ones do not see earlier ones. `base` holds NOW and CLUSTER_TIME.
 */
export function evaluateLet(definition: DocumentLike, base: Readonly<Record<string, Raw>>): Record<string, Raw> {
  const context = compileContext(null, Object.keys(base));
  const env = environmentOf(rawObject([]), base);
  const out: Record<string, Raw> = { ...base };
  for (const { name, value } of fieldsOf(rawDocument(definition))) {
    assertVariableName(name);
    out[name] = compileExpression(value, context)(env);
  }
  return out;
}
