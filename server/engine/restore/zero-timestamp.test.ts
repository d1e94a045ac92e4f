import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestRepository, photograph, restoreInto, takeTestSnapshot } from "@/server/testing/restore-kit";
import { startTestServer, type TestServer } from "@/server/testing/wire-server";
import { insertRaw } from "./raw-insert";

let source: TestServer;
let target: TestServer;
beforeAll(async () => {
  // 4.4 cannot be told to keep an empty timestamp.
  [source, target] = await Promise.all([startTestServer(), startTestServer({ version: "4.4.29", fcv: "4.4" })]);
});
afterAll(() => Promise.all([source.close(), target.close()]));

/** {_id: 1, n: 5} with zero timestamps under these names behind it. */
function documentWith(names: string[]): Buffer {
  const head = Buffer.from("105f6964000100000010 6e0005000000".replaceAll(" ", ""), "hex");
  const zeros = names.map((name) => Buffer.concat([Buffer.from([0x11]), Buffer.from(name), Buffer.alloc(9)]));
  const document = Buffer.concat([Buffer.alloc(4), head, ...zeros, Buffer.from([0])]);
  document.writeInt32LE(document.length, 0);
  return document;
}

it("zero timestamps come back byte for byte, whatever their names, on a server that replaces them", async () => {
  const shop = source.client.db("shop");
  const bypass = { ordered: true, bypassEmptyTsReplacement: true };
  await insertRaw(shop, "dots", [documentWith(["a.b", "t", ".", "a"])], bypass);
  await insertRaw(shop, "odd", [documentWith(["", "z"])], bypass);
  await insertRaw(shop, "plain", [documentWith(["t", "u"])], bypass);
  const repository = await openTestRepository();
  const { manifestId } = await takeTestSnapshot(source.client, repository);
  await restoreInto(target.client, repository, manifestId);
  expect(await photograph(target.client)).toEqual(await photograph(source.client));
});
