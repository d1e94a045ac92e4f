import { boolField, rawChild, type Document } from "../protocol/decode";
import { parseCollation } from "../query";
import type { CommandContext } from "../runtime/context";
import { rawDocumentField } from "./collection-source";
import { batchSizeOf, cursorOptions, openCursor } from "./cursor-reply";
import { queryRequest } from "./query-request";
import { runReadPipeline } from "./read-pipeline";

/** find on a view. */
export function findOnView(ctx: CommandContext): Promise<Document> {
  const view = ctx.server.views.find(ctx.namespace)!;
  const collation = rawChild(ctx.raw, "collation") ?? view.collation;
  const request = queryRequest(ctx, collation && collation.length > 5 ? (parseCollation(collation) ?? null) : null);
  const producer = runReadPipeline(ctx, view, request, rawDocumentField(ctx, "projection"));
  const options = cursorOptions(ctx, { namespace: ctx.namespace, producer });
  return openCursor(ctx, options, batchSizeOf(ctx.body), boolField(ctx.body, "singleBatch"));
}
