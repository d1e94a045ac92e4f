import { commandError } from "../command-error";
import { numberField } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import { hintOf, rawDocumentField, type QueryRequest } from "./collection-source";
import { letVariables } from "./let-variables";

/** What a find command asks for: filter, sort, hint, skip and limit, checked. */
export function queryRequest(ctx: CommandContext, collation: QueryRequest["collation"]): QueryRequest {
  const skip = numberField(ctx.body, "skip", 0);
  const limit = numberField(ctx.body, "limit", 0);
  if (skip < 0) throw commandError(51024, `BSON field 'skip' value must be >= 0, actual value '${skip}'`);
  if (limit < 0) throw commandError(51024, `BSON field 'limit' value must be >= 0, actual value '${limit}'`);
  const sort = rawDocumentField(ctx, "sort");
  const variables = letVariables(ctx);
  return {
    filter: rawDocumentField(ctx, "filter"),
    sort: sort.length > 5 ? sort : null,
    hint: hintOf(ctx.raw, ctx.body),
    collation: collation ?? null,
    ...(variables && { variables }),
    skip,
    limit,
  };
}
