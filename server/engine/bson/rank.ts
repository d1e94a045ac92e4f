import { invalidBson, BSON_TYPE } from "./cursor";

/**
 * The server's canonical ranks, which are also the first bytes of keys: values of types that share a rank compare by
 * value, others by rank. All lie above 0x00, so that the end mark of an object or array sorts first, and below 0xff,
 * which continues an escaped text. Undefined takes 2, because 0 is the end mark.
 */
const RANKS: readonly number[] = (() => {
  const ranks = new Array<number>(256).fill(0);
  const { int32, int64, double, decimal128, string, symbol } = BSON_TYPE;
  ranks[BSON_TYPE.minKey] = 1;
  ranks[BSON_TYPE.undefined] = 2;
  ranks[BSON_TYPE.null] = 5;
  for (const type of [int32, int64, double, decimal128]) ranks[type] = 10;
  for (const type of [string, symbol]) ranks[type] = 15;
  ranks[BSON_TYPE.object] = 20;
  ranks[BSON_TYPE.array] = 25;
  ranks[BSON_TYPE.binData] = 30;
  ranks[BSON_TYPE.objectId] = 35;
  ranks[BSON_TYPE.bool] = 40;
  ranks[BSON_TYPE.date] = 45;
  ranks[BSON_TYPE.timestamp] = 47;
  ranks[BSON_TYPE.regex] = 50;
  ranks[BSON_TYPE.dbPointer] = 55;
  ranks[BSON_TYPE.code] = 60;
  ranks[BSON_TYPE.codeWithScope] = 65;
  ranks[BSON_TYPE.maxKey] = 127;
  return ranks;
})();

/** The rank of a BSON type, 1 to 127. Throws BSON_INVALID for an unknown type. */
export function canonicalRank(type: number): number {
  const rank = RANKS[type];
  if (!rank) throw invalidBson(`unknown element type 0x${type.toString(16)}`, 0);
  return rank;
}
