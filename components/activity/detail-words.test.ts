import { expect, it } from "vitest";
import { detailWords } from "./detail-words";

it.each([
  ["bytes", "88350469", "size: 84 MiB"],
  ["documents", "200084", "documents: 200,084"],
  ["acceptUnblocked", "false", "clients may write meanwhile: no"],
  ["snapshotId", "123456789012345678901234", "snapshot: 123456789012345678901234"],
  ["mongoDBVersion", "8.0.4", "MongoDB: 8.0.4"],
  ["description", "before the migration", "description: before the migration"],
])("says %s %s as people read it", (name, value, words) => {
  expect(detailWords({ name, value })).toBe(words);
});
