import { randomBytes } from "node:crypto";

/** The form of every id: 24 lower-case hex digits, as in the Admin API. */
export const ID_PATTERN = /^[0-9a-f]{24}$/;

/** A new id; its first four bytes are the time in seconds, so ids sort roughly by age. */
export function newId(now: Date = new Date()): string {
  const bytes = randomBytes(12);
  bytes.writeUInt32BE(Math.floor(now.getTime() / 1000), 0);
  return bytes.toString("hex");
}
