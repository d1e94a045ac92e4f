import { afterAll, beforeAll } from "vitest";
import { describeNodeIndex } from "@/server/engine/repository/node-index/node-index-suite";
import { newId } from "@/server/platform/ids";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { PostgresNodeIndex } from "./node-index";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

describeNodeIndex("PostgreSQL", async () => ({
  index: new PostgresNodeIndex(test.db, newId()),
  close: () => Promise.resolve(),
}));
