import { Long, Timestamp } from "bson";

/** A cluster time as one integer: seconds in the high, increment in the low 32 bits. */
export type ClusterTime = bigint;

export function toTimestamp(time: ClusterTime): Timestamp {
  return new Timestamp(Long.fromBigInt(time, true));
}

export function fromTimestamp(value: Timestamp): ClusterTime {
  return value.toBigInt() & 0xffffffffffffffffn;
}

export function timeKey(time: ClusterTime): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(time);
  return key;
}

export function secondsOf(time: ClusterTime): number {
  return Number(time >> 32n);
}

/** The time after `last` at the wall clock's second `nowSeconds`; time never goes back. */
export function nextTime(last: ClusterTime, nowSeconds: number): ClusterTime {
  const now = BigInt(nowSeconds) << 32n;
  return now > last ? now + 1n : last + 1n;
}
