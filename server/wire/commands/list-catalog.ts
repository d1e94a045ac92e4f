import { Binary, Long } from "bson";
import { mayAnything } from "../auth/privileges";
import { boolField, rawChild, type Document } from "../protocol/decode";
import { encodeDocument, RawValue } from "../protocol/encode";
import { compileFilter } from "../query";
import type { CommandContext } from "../runtime/context";
import type { View } from "../runtime/views";
import type { CollectionEntry } from "../storage/catalog-entry";
import { arrayProducer, rawDocumentField } from "./collection-source";
import type { Command } from "./command";
import { batchSizeOf, cursorOptions, openCursor } from "./cursor-reply";

function presentCollection(entry: CollectionEntry, nameOnly: boolean): Buffer {
  if (nameOnly) return encodeDocument({ name: entry.name, type: "collection" });
  const clustered = rawChild(entry.options, "clusteredIndex");
  return encodeDocument({
    name: entry.name,
    type: "collection",
    options: RawValue.document(entry.options),
    info: { readOnly: false, uuid: new Binary(entry.uuid, 4) },
    ...(!clustered && { idIndex: RawValue.document(entry.indexes[0]!.spec) }),
  });
}

function presentView(view: View, nameOnly: boolean): Buffer {
  if (nameOnly) return encodeDocument({ name: view.name, type: "view" });
  const pipeline = rawChild(view.definition, "pipeline");
  return encodeDocument({
    name: view.name,
    type: "view",
    options: {
      viewOn: view.viewOn,
      pipeline: pipeline ? new RawValue(0x04, pipeline) : [],
      ...(view.collation && { collation: RawValue.document(view.collation) }),
    },
    info: { readOnly: true },
  });
}

function presentOplog(ctx: CommandContext, nameOnly: boolean): Buffer {
  if (nameOnly) return encodeDocument({ name: "oplog.rs", type: "collection" });
  const size = Long.fromNumber(ctx.server.config.oplogBytesMax);
  const info = { readOnly: false, uuid: new Binary(Buffer.alloc(16, 1), 4) };
  return encodeDocument({
    name: "oplog.rs",
    type: "collection",
    options: { capped: true, size, autoIndexId: false },
    info,
  });
}

async function listCollections(ctx: CommandContext): Promise<Document> {
  const nameOnly = boolField(ctx.body, "nameOnly");
  const target = { db: ctx.db, collection: "" };
  const all = ctx.may(target, "listCollections");
  const visible = (name: string): boolean => all || ctx.may({ db: ctx.db, collection: name }, "find");
  const items = [
    ...[...ctx.server.store.collections()]
      .filter((entry) => entry.db === ctx.db && visible(entry.name))
      .map((entry) => presentCollection(entry, nameOnly)),
    ...ctx.server.views
      .list(ctx.db)
      .filter((view) => visible(view.name))
      .map((view) => presentView(view, nameOnly)),
    ...(ctx.db === "local" ? [presentOplog(ctx, nameOnly)] : []),
  ];
  const filter = rawDocumentField(ctx, "filter");
  const matches = compileFilter(filter);
  const producer = arrayProducer(items.filter((item) => matches(item)));
  const options = cursorOptions(ctx, { namespace: `${ctx.db}.$cmd.listCollections`, producer });
  return openCursor(ctx, options, batchSizeOf(ctx.body) === 101 ? Infinity : batchSizeOf(ctx.body));
}

function listDatabases(ctx: CommandContext): Document {
  const sizes = new Map<string, number>();
  for (const entry of ctx.server.store.collections()) sizes.set(entry.db, (sizes.get(entry.db) ?? 0) + entry.bytes);
  sizes.set("local", (sizes.get("local") ?? 0) + ctx.server.store.oplogBytes);
  const nameOnly = boolField(ctx.body, "nameOnly");
  const authorizedOnly =
    ctx.body.authorizedDatabases === undefined
      ? !ctx.may("cluster", "listDatabases")
      : boolField(ctx.body, "authorizedDatabases");
  const matches = compileFilter(rawDocumentField(ctx, "filter"));
  let total = 0;
  const databases = [...sizes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([name]) => !authorizedOnly || ctx.unrestricted || mayAnything(ctx.privileges, name))
    .filter(([name, bytes]) =>
      matches(encodeDocument({ name, sizeOnDisk: Long.fromNumber(bytes), empty: bytes === 0 })),
    )
    .map(([name, bytes]) => {
      total += bytes;
      return nameOnly ? { name } : { name, sizeOnDisk: Long.fromNumber(bytes), empty: bytes === 0 };
    });
  if (nameOnly) return { databases };
  return {
    databases,
    totalSize: Long.fromNumber(total),
    totalSizeMb: Long.fromNumber(Math.floor(total / 1024 / 1024)),
  };
}

export const listCollectionsCommand: Command = {
  name: "listCollections",
  needs: (ctx) =>
    boolField(ctx.body, "nameOnly") && boolField(ctx.body, "authorizedCollections")
      ? []
      : [{ target: { db: ctx.db, collection: "" }, action: "listCollections" }],
  fields: ["filter", "nameOnly", "authorizedCollections", "cursor", "includePendingDrops"],
  run: listCollections,
};

export const listDatabasesCommand: Command = {
  name: "listDatabases",
  needs: "anyone",
  adminOnly: true,
  fields: ["filter", "nameOnly", "authorizedDatabases"],
  run: listDatabases,
};
