import { EJSON } from "bson";
import { BSON_TYPE } from "@/server/engine/bson/document";
import { fieldsOf, itemsOf, toValue, type Raw } from "./raw";
import { toNumber } from "./numbers";

/** A value in the shell's notation, for messages and explain: 5, "a", ObjectId('…'), { a: 1 }. */
export function describe(value: Raw): string {
  switch (value.type) {
    case 0:
      return "MISSING";
    case BSON_TYPE.string:
    case BSON_TYPE.symbol:
      return JSON.stringify(value.text());
    case BSON_TYPE.int32:
    case BSON_TYPE.double:
      return String(toNumber(value));
    case BSON_TYPE.int64:
    case BSON_TYPE.decimal128:
      return String(toValue(value));
    case BSON_TYPE.bool:
      return value.buf[value.start] === 0 ? "false" : "true";
    case BSON_TYPE.null:
      return "null";
    case BSON_TYPE.undefined:
      return "undefined";
    case BSON_TYPE.objectId:
      return `ObjectId('${value.bytes().toString("hex")}')`;
    case BSON_TYPE.date:
      return `new Date(${value.buf.readBigInt64LE(value.start)})`;
    case BSON_TYPE.timestamp:
      return `Timestamp(${value.buf.readUInt32LE(value.start + 4)}, ${value.buf.readUInt32LE(value.start)})`;
    case BSON_TYPE.object: {
      const fields = fieldsOf(value).map((field) => `${field.name}: ${describe(field.value)}`);
      return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
    }
    case BSON_TYPE.array:
      return `[ ${itemsOf(value).map(describe).join(", ")} ]`;
    case BSON_TYPE.minKey:
      return "MinKey";
    case BSON_TYPE.maxKey:
      return "MaxKey";
    case BSON_TYPE.binData: {
      const bytes = value.bytes();
      return `BinData(${bytes[4]}, ${bytes.subarray(5).toString("hex").toUpperCase()})`;
    }
    default:
      return EJSON.stringify(toValue(value));
  }
}
