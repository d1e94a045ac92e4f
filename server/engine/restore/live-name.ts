import type { MongoClient } from "mongodb";
import { BSON_TYPE, findElement } from "../bson/document";
import { toExtendedJson } from "../source/extended-json";
import { RawCursor } from "../source/raw-cursor";

/** What one name stands for. */
export interface LiveName {
  type: "collection" | "view" | "timeseries";
  /** Hexadecimal; null for views and where the server tells none. */
  uuid: string | null;
  /** Canonical Extended JSON. */
  options: string;
}

/** What the name stands for now; null when it is free. One short command, for a last look before a change. */
export async function readLiveName(client: MongoClient, database: string, name: string): Promise<LiveName | null> {
  const command = { listCollections: 1, filter: { name }, cursor: {} };
  const cursor = await RawCursor.open(client.db(database), "$cmd.listCollections", command, {});
  const item = (await cursor.next())?.documents[0];
  return item === undefined ? null : toLiveName(item);
}

function toLiveName(item: Buffer): LiveName {
  const type = textOf(item, "type");
  const options = subdocumentOf(item, "options");
  const info = subdocumentOf(item, "info");
  return {
    type: type === "view" || type === "timeseries" ? type : "collection",
    uuid: info === null ? null : uuidOf(info),
    options: options === null ? "{}" : toExtendedJson(options),
  };
}

/** Some servers send it as text. */
function uuidOf(info: Buffer): string | null {
  const element = findElement(info, "uuid");
  if (element?.type === BSON_TYPE.binData) return info.toString("hex", element.start + 5, element.end);
  return textOf(info, "uuid").replaceAll("-", "").toLowerCase() || null;
}

function textOf(doc: Buffer, name: string): string {
  const element = findElement(doc, name);
  return element?.type === BSON_TYPE.string ? doc.toString("utf8", element.start + 4, element.end - 1) : "";
}

function subdocumentOf(doc: Buffer, name: string): Buffer | null {
  const element = findElement(doc, name);
  return element?.type === BSON_TYPE.object ? doc.subarray(element.start, element.end) : null;
}
