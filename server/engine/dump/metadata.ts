import type { CollectionManifest } from "../repository";

const BARE_ID_INDEX = '{"v":{"$numberInt":"2"},"key":{"_id":{"$numberInt":"1"}},"name":"_id_"}';

/**
 * The metadata.json of a collection, view or time series: options, indexes (the one on `_id` first), UUID, kind. Options and
 * specifications are in canonical Extended JSON already, with the order of their keys, and go in as they are.
 */
export function metadataJson(collection: CollectionManifest): string {
  const { options, indexes, idIndex, uuid, name, type } = collection;
  const idIndexes = type === "collection" && !isClustered(options) ? [idIndex ?? BARE_ID_INDEX] : [];
  const parts = [
    ...(options === "{}" ? [] : [`"options":${options}`]),
    `"indexes":[${[...idIndexes, ...indexes].join(",")}]`,
    ...(uuid === null ? [] : [`"uuid":${JSON.stringify(uuid)}`]),
    `"collectionName":${JSON.stringify(name)}`,
    `"type":${JSON.stringify(type)}`,
  ];
  return `{${parts.join(",")}}`;
}

/** A clustered collection has no index on `_id`: it is the order of the documents. */
function isClustered(options: string): boolean {
  return Object.hasOwn(JSON.parse(options) as object, "clusteredIndex");
}
