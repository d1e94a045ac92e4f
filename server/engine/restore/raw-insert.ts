import { createRequire } from "node:module";
import { MongoServerError, type Db, type UUID } from "mongodb";

/**
 * Inserts documents as the bytes they are. The driver's own insert serializes objects, which loses duplicate names,
 * broken UTF-8 and more (js-bson). Its message writer however takes a "document sequence" with bytes that are ready,
 * and `db.command` passes it through with sessions, compression and authentication as for any command.
 *
 * `makeDocumentSequence` is internal to the driver, so the driver's version is pinned in package.json and
 * raw-insert.test.ts fails when the function moves or changes.
 */
type MakeDocumentSequence = (field: string, documents: unknown[], serialized: Uint8Array[]) => object;

const { makeDocumentSequence } = createRequire(import.meta.url)("mongodb/lib/cmap/commands.js") as {
  makeDocumentSequence: MakeDocumentSequence;
};

export interface RawInsertOptions {
  ordered: boolean;
  /** Needs the privilege of that name. */
  bypassDocumentValidation?: boolean;
  /** Keeps top-level Timestamp(0, 0) as it is; only for servers that know the option. */
  bypassEmptyTsReplacement?: boolean;
  /** Refuses (361) instead of making a collection where it is gone; only for servers that know the option. */
  collectionUUID?: UUID;
  writeConcern?: { w: number | "majority"; j?: boolean };
}

/** What the driver's types call a write error, as the server sends it. */
interface WriteErrorReply {
  index: number;
  code: number;
  errmsg: string;
}

/**
 * Sends one `insert` with these documents, byte for byte: at most 100,000 documents and 47 MB together. Resolves when the
 * server has taken all of them; throws MongoServerError with the first write error's code otherwise, in which case an
 * unordered insert may have written the others.
 */
export async function insertRaw(
  db: Db,
  collection: string,
  documents: Uint8Array[],
  options: RawInsertOptions,
): Promise<void> {
  const command = {
    insert: collection,
    ordered: options.ordered,
    ...(options.bypassDocumentValidation ? { bypassDocumentValidation: true } : {}),
    ...(options.bypassEmptyTsReplacement ? { bypassEmptyTsReplacement: true } : {}),
    ...(options.collectionUUID ? { collectionUUID: options.collectionUUID } : {}),
    ...(options.writeConcern ? { writeConcern: options.writeConcern } : {}),
    documents: makeDocumentSequence("documents", documents, documents),
  };
  const reply = await db.command(command);
  const errors = (reply.writeErrors ?? []) as WriteErrorReply[];
  const first = errors[0];
  if (first) throw new MongoServerError({ ...first, message: first.errmsg, writeErrors: errors });
  if (reply.writeConcernError) throw new MongoServerError(reply.writeConcernError);
  if (reply.n !== documents.length) {
    throw new MongoServerError({ message: `inserted ${reply.n} of ${documents.length} documents`, code: 96 });
  }
}
