import type { Document, MongoClient } from "mongodb";

/** `serverStatus().repl.userWriteBlockMode`: 0 unknown, 1 disabled, 2 enabled; absent on servers without the feature. */
export async function readWriteBlock(client: MongoClient): Promise<"off" | "on" | "unsupported"> {
  const status = await client
    .db("admin")
    .command({ serverStatus: 1, metrics: 0, wiredTiger: 0, tcmalloc: 0, locks: 0 });
  const mode = Number((status.repl as Document | undefined)?.userWriteBlockMode ?? Number.NaN);
  if (mode === 2) return "on";
  return mode === 1 || mode === 0 ? "off" : "unsupported";
}

/** Switches the block. The server answers when a majority has it. */
export async function setWriteBlock(client: MongoClient, on: boolean): Promise<void> {
  await client.db("admin").command({ setUserWriteBlockMode: 1, global: on });
}
