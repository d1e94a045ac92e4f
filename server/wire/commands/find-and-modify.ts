import { commandError } from "../command-error";
import { boolField, rawChild, type Document } from "../protocol/decode";
import { encodeDocument, RawValue } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import type { StatementResult } from "../runtime/retry-record";
import { assertCollectionUuid, hintOf, rawDocumentField } from "./collection-source";
import type { Command, Need } from "./command";
import { deleteOne } from "./delete";
import { projectionOf } from "./projection";
import { retryOf } from "./retryable";
import { collationOf, readUpdateStatement, updateOne, type Outcome } from "./update-statement";
import { assertWriteTarget } from "./write-target";

/** The reply of findAndModify as bytes: it is also what a retry answers. */
function reply(ctx: CommandContext, outcome: Outcome, remove: boolean): StatementResult {
  const fields = rawDocumentField(ctx, "fields");
  const wanted = boolField(ctx.body, "new") ? outcome.after : outcome.before;
  const shown =
    wanted && fields.length > 5 ? projectionOf(fields, { filter: rawDocumentField(ctx, "query") })(wanted) : wanted;
  const { n, upserted } = outcome.result;
  const lastErrorObject = remove ? { n } : { n, updatedExisting: n === 1 && !upserted, ...(upserted && { upserted }) };
  const value = shown ? RawValue.document(shown) : null;
  return { ...outcome.result, reply: encodeDocument({ lastErrorObject, value }) };
}

async function findAndModify(ctx: CommandContext): Promise<Document> {
  const { body, namespace } = ctx;
  const remove = boolField(body, "remove");
  if (remove && body.update !== undefined) throw commandError(9, "Cannot specify both an update and remove=true");
  if (!remove && body.update === undefined) throw commandError(9, "Either an update or remove=true must be specified");
  if (remove && boolField(body, "new"))
    throw commandError(9, "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
  if (remove && boolField(body, "upsert")) throw commandError(9, "Cannot specify both upsert=true and remove=true");
  assertWriteTarget(ctx, namespace);
  assertCollectionUuid(ctx, ctx.server.store.collection(namespace));
  const state = retryOf(ctx);
  const known = state?.results.get(0)?.reply;
  if (known) return rawReply(known);
  const finish = (outcome: Outcome): StatementResult => reply(ctx, outcome, remove);
  const filter = rawDocumentField(ctx, "query");
  const sort = rawDocumentField(ctx, "sort");
  const common = {
    namespace,
    filter,
    sort: sort.length > 5 ? sort : null,
    hint: hintOf(ctx.raw, body),
    collation: collationOf(ctx.raw),
  };
  if (remove) {
    ctx.server.opcounters.delete += 1;
    return rawReply((await deleteOne(ctx, common, { state, statement: 0, finish })).result.reply!);
  }
  ctx.server.opcounters.update += 1;
  const raw = rawChild(ctx.raw, "query") ? ctx.raw : addQuery(ctx.raw);
  const statement = {
    ...readUpdateStatement(ctx, raw, { ...body, multi: false }, { filter: "query", update: "update" }),
    ...common,
  };
  return rawReply((await updateOne(ctx, statement, { state, statement: 0, finish })).result.reply!);
}

/** A command without `query` means every document. */
function addQuery(raw: Buffer): Buffer {
  const extra = Buffer.from([0x03, ...Buffer.from("query\0"), 5, 0, 0, 0, 0]);
  const out = Buffer.concat([raw.subarray(0, raw.length - 1), extra, Buffer.from([0])]);
  out.writeInt32LE(out.length, 0);
  return out;
}

function rawReply(bytes: Buffer): Document {
  const value = rawChild(bytes, "value");
  const lastErrorObject = rawChild(bytes, "lastErrorObject")!;
  return { lastErrorObject: RawValue.document(lastErrorObject), value: value ? RawValue.document(value) : null };
}

function needs(ctx: CommandContext): Need[] {
  const target = { db: ctx.db, collection: ctx.collectionName };
  const write = boolField(ctx.body, "remove") ? "remove" : "update";
  return [
    { target, action: "find" },
    { target, action: write },
    ...(boolField(ctx.body, "upsert") ? [{ target, action: "insert" }] : []),
  ];
}

export const findAndModifyCommands: readonly Command[] = [
  {
    name: "findAndModify",
    aliases: ["findandmodify"],
    needs,
    writes: true,
    inTransaction: true,
    fields:
      "query sort remove update new fields upsert bypassDocumentValidation bypassEmptyTsReplacement arrayFilters let hint collation collectionUUID encryptionInformation".split(
        " ",
      ),
    run: findAndModify,
  },
];
