import { compileProjection } from "../query";
import { filterOptions, type QueryRequest } from "./collection-source";

/** The function that applies a projection of find or findAndModify to stored documents. */
export function projectionOf(
  projection: Buffer,
  request: Pick<QueryRequest, "filter" | "collation" | "variables">,
): (doc: Buffer) => Buffer {
  return compileProjection(projection, request.filter, filterOptions(request));
}
