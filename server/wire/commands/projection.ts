import * as query from "../query";
import type { QueryRequest } from "./collection-source";

type Compile = (projection: Buffer, filter: Buffer, o?: unknown) => (doc: Buffer) => Buffer;

/** The function that applies a projection to stored documents. */
export function projectionOf(projection: Buffer, request: Pick<QueryRequest, "filter">): (doc: Buffer) => Buffer {
  return (query as unknown as { compileProjection: Compile }).compileProjection(projection, request.filter);
}
