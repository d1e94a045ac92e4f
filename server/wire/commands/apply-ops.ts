import { rawArrayItems } from "../runtime/views";
import { commandError } from "../command-error";
import { decodeDocument, rawChild, type Document } from "../protocol/decode";
import { applyDiff } from "../query";
import type { CommandContext } from "../runtime/context";
import { idRecordKey } from "../storage/record-writer";
import type { WriteOp } from "../storage/write-op";
import type { Command } from "./command";
import { assertWriteTarget, ensureCollection } from "./write-target";

/** One operation of the list as a write; null for a no-op and for a delete of what is not there. */
function toWrite(ctx: CommandContext, raw: Buffer, op: Document): WriteOp | null {
  const kind = String(op.op);
  if (kind === "n") return null;
  const namespace = String(op.ns);
  const o = rawChild(raw, "o");
  if (!o) throw commandError(9, "an operation needs 'o'");
  if (kind === "c")
    throw commandError(115, "applyOps of commands is not supported by this server; send the command itself");
  if (!["i", "u", "d"].includes(kind)) throw commandError(9, `Unrecognized op type '${kind}'`);
  assertWriteTarget(ctx, namespace);
  const entry = ensureCollection(ctx, namespace);
  if (entry.capped) throw commandError(115, "applyOps on a capped collection is not supported by this server");
  const id = kind === "u" ? rawChild(raw, "o2") : o;
  if (!id) throw commandError(9, "an update needs 'o2'");
  const recordKey = idRecordKey(id);
  const before = ctx.server.store.latest().get(entry, recordKey);
  if (kind === "d") return before ? { kind: "delete", entry, recordKey, before } : null;
  const diff = kind === "u" && !("_id" in (op.o as Document)) ? rawChild(o, "diff") : null;
  if (diff && !before) throw commandError(218, "update of a document that does not exist");
  const after = diff ? applyDiff(before!, diff) : o;
  if (!before) return { kind: "insert", entry, doc: after };
  return { kind: "update", entry, recordKey, before, after, o };
}

/** Applies oplog entries of documents, one commit each, in order; stops at the first that fails. */
function applyOps(ctx: CommandContext): Document {
  const raws = rawArrayItems(rawChild(ctx.raw, "applyOps"));
  const results: boolean[] = [];
  for (const raw of raws) {
    const write = toWrite(ctx, raw, decodeDocument(raw));
    if (write) ctx.server.store.commit([write], { onError: "abort" });
    results.push(true);
  }
  return { applied: results.length, results };
}

export const applyOpsCommands: readonly Command[] = [
  {
    name: "applyOps",
    adminOnly: true,
    writes: true,
    needs: () => [{ target: "cluster", action: "applyOps" }],
    fields: ["allowAtomic", "alwaysUpsert", "preCondition", "bypassDocumentValidation", "oplogApplicationMode"],
    run: applyOps,
  },
];
