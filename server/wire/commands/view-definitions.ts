import { commandError } from "../command-error";
import { rawChild, stringField, type Document } from "../protocol/decode";
import { encodeDocument, RawValue } from "../protocol/encode";
import type { CommandContext } from "../runtime/context";
import { rawArrayItems } from "../runtime/views";
import { idRecordKey } from "../storage/record-writer";
import type { WriteOp } from "../storage/write-op";
import { ensureCollection } from "./write-target";

function definitionOf(ctx: CommandContext, namespace: string, viewOn: string): Buffer {
  const pipeline = rawChild(ctx.raw, "pipeline");
  rawArrayItems(pipeline);
  const collation = rawChild(ctx.raw, "collation");
  return encodeDocument({
    _id: namespace,
    viewOn,
    pipeline: pipeline ? new RawValue(0x04, pipeline) : [],
    ...(collation && collation.length > 5 && { collation: RawValue.document(collation) }),
  });
}

/** create with viewOn: a document in system.views, as the oplog shows it. */
export function createView(ctx: CommandContext): Document {
  const { store, views } = ctx.server;
  const { namespace, db } = ctx;
  const definition = definitionOf(ctx, namespace, stringField(ctx.body, "viewOn"));
  if (store.collection(namespace)) throw commandError(48, `Collection ${namespace} already exists.`);
  const known = views.find(namespace);
  if (known) {
    if (known.definition.equals(definition)) return {};
    throw commandError(
      48,
      `View ${namespace} already exists. Requested options differ from those of the existing view.`,
    );
  }
  const entry = ensureCollection(ctx, `${db}.system.views`);
  store.commit([{ kind: "insert", entry, doc: definition }], { onError: "abort" });
  try {
    views.resolve(views.find(namespace)!);
  } catch (error) {
    dropView(ctx, namespace);
    throw error;
  }
  return {};
}

export function dropView(ctx: CommandContext, namespace: string): void {
  const { store } = ctx.server;
  const entry = store.collection(`${ctx.db}.system.views`)!;
  const recordKey = idRecordKey(encodeDocument({ _id: namespace }));
  const before = store.latest().get(entry, recordKey)!;
  store.commit([{ kind: "delete", entry, recordKey, before }], { onError: "abort" });
}

/** collMod of a view: another definition under the same name. */
export function changeView(ctx: CommandContext): Document {
  const { store } = ctx.server;
  const entry = store.collection(`${ctx.db}.system.views`)!;
  const after = definitionOf(ctx, ctx.namespace, stringField(ctx.body, "viewOn"));
  const recordKey = idRecordKey(after);
  const before = store.latest().get(entry, recordKey)!;
  const op: WriteOp = { kind: "update", entry, recordKey, before, after, o: after };
  store.commit([op], { onError: "abort" });
  return {};
}
