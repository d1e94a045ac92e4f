import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize, type Document } from "bson";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitDocuments } from "../bson/document";
import { ARCHIVE_MAGIC, writeArchive, type ArchiveNamespace } from "./archive-writer";
import { Crc64 } from "./crc64";

function crcOf(bytes: Buffer): bigint {
  const crc = new Crc64();
  crc.update(bytes);
  return crc.value();
}

interface ReadNamespace {
  documents: Buffer[];
  crc: bigint | null;
}

interface ReadArchive {
  header: Document;
  metadata: Document[];
  /** By "database.collection", in the order of first appearance. */
  data: Map<string, ReadNamespace>;
}

/** Reads an archive as mongorestore does, and is as strict: blocks of namespaces that are open, each ended once. */
function readArchive(archive: Buffer): ReadArchive {
  let at = 4;
  expect(archive.readUInt32LE(0)).toBe(ARCHIVE_MAGIC);
  const isEnd = () => archive.readInt32LE(at) === -1;
  const next = () => {
    const start = at;
    at += archive.readInt32LE(at);
    return archive.subarray(start, at);
  };
  const header = deserialize(next());
  const metadata: Document[] = [];
  while (!isEnd()) metadata.push(deserialize(next()));
  const data = new Map<string, ReadNamespace>();
  for (at += 4; at < archive.length; at += 4) {
    const block = deserialize(next(), { useBigInt64: true });
    const name = `${block.db}.${block.collection}`;
    const namespace = data.get(name) ?? { documents: [], crc: null };
    expect(namespace.crc, `${name} was ended before`).toBeNull();
    data.set(name, namespace);
    while (!isEnd()) namespace.documents.push(next());
    if (block.EOF === true) namespace.crc = BigInt.asUintN(64, block.CRC as bigint);
  }
  for (const [name, { documents, crc }] of data) expect(crc, name).toBe(crcOf(Buffer.concat(documents)));
  return { header, metadata, data };
}

function namespace(over: Partial<ArchiveNamespace> & { documents?: Buffer[][] }): ArchiveNamespace {
  const { documents = [], ...rest } = over;
  return {
    database: "t",
    collection: "c",
    metadata: "{}",
    type: "collection",
    dataCollection: "c",
    batches: async function* () {
      yield* documents;
    },
    ...rest,
  };
}

async function archiveOf(...namespaces: ArchiveNamespace[]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of writeArchive({ serverVersion: "8.0.4", toolVersion: "100.10.0", namespaces }))
    pieces.push(piece);
  return Buffer.concat(pieces);
}

describe("CRC-64/XZ", () => {
  it("has the published check values", () => {
    expect(crcOf(Buffer.from("123456789"))).toBe(0x995dc9bbdf1939fan);
    expect(crcOf(Buffer.alloc(0))).toBe(0n);
  });

  it("does not depend on where the bytes are cut", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        const crc = new Crc64();
        crc.update(Buffer.from(bytes.subarray(0, cut)));
        crc.update(Buffer.from(bytes.subarray(cut)));
        expect(crc.value()).toBe(crcOf(Buffer.from(bytes)));
      }),
    );
  });
});

describe("an archive", () => {
  it("is byte for byte as the format's golden vector, but for what says how many collections go at once", async () => {
    const golden = Buffer.from(
      "6de299816700000010636f6e63757272656e745f636f6c6c656374696f6e7300040000000276657273696f6e0004000000302e3100027365" +
        "727665725f76657273696f6e0006000000382e302e340002746f6f6c5f76657273696f6e00090000003130302e31302e3000004700000002" +
        "64620002000000740002636f6c6c656374696f6e00020000006300026d6574616461746100030000007b7d001073697a65000000000002" +
        "7479706500010000000000ffffffff3400000002646200020000007400026" +
        "36f6c6c656374696f6e0002000000630008454f4600001243524300000000000000000000" +
        "0e000000105f6964000100000000ffffffff340000000264620002000000740002636f6c6c656374696f6e0002000000630008454f460001" +
        "1243524300fe59446a4361eaf300ffffffff",
      "hex",
    );
    const document = Buffer.from(serialize({ _id: 1 }));
    const archive = await archiveOf(namespace({ documents: [[document]], type: "" as "collection" }));
    archive.writeInt32LE(4, archive.indexOf("concurrent_collections") + "concurrent_collections".length + 1);
    expect(archive.toString("hex")).toBe(golden.toString("hex"));
  });

  it("gives back what went in, whatever the batches", async () => {
    const documents = fc.array(fc.array(fc.record({ _id: fc.integer(), text: fc.string() }), { maxLength: 5 }), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(documents, documents, async (first, second) => {
        const raw = (batches: Document[][]) => batches.map((batch) => batch.map((one) => Buffer.from(serialize(one))));
        const { metadata, data } = readArchive(
          await archiveOf(
            namespace({ documents: raw(first) }),
            namespace({ collection: "v", dataCollection: "v", type: "view" }),
            namespace({
              collection: "ts",
              dataCollection: "system.buckets.ts",
              type: "timeseries",
              documents: raw(second),
            }),
          ),
        );
        expect(metadata.map(({ collection, type }) => [collection, type])).toEqual([
          ["c", "collection"],
          ["v", "view"],
          ["ts", "timeseries"],
        ]);
        const bytes = (name: string) => Buffer.concat(data.get(name)!.documents).toString("hex");
        const all = (batches: Document[][]) => Buffer.concat(raw(batches).flat()).toString("hex");
        expect(bytes("t.c")).toBe(all(first));
        expect(bytes("t.v")).toBe("");
        expect(bytes("t.system.buckets.ts")).toBe(all(second));
      }),
    );
  });

  it("begins a new block after 16 MiB", async () => {
    const document = Buffer.from(serialize({ _id: 1, text: "x".repeat(5 * 1024 * 1024) }));
    const archive = await archiveOf(namespace({ documents: Array.from({ length: 7 }, () => [document]) }));
    const { data } = readArchive(archive);
    expect(data.get("t.c")!.documents).toHaveLength(7);
    expect(archive.toString("latin1").split("\u0008EOF\u0000\u0000")).toHaveLength(1 + 3);
  });

  it("that fails on the way has no end, so that no reader takes it for whole", async () => {
    const failing = namespace({
      batches: async function* () {
        throw new Error("a node is damaged");
      },
    });
    const pieces: Buffer[] = [];
    const read = async () => {
      for await (const piece of writeArchive({ serverVersion: "8.0.4", toolVersion: "t", namespaces: [failing] }))
        pieces.push(piece);
    };
    await expect(read()).rejects.toThrow("a node is damaged");
    expect(() => readArchive(Buffer.concat(pieces))).toThrow();
  });
});

/** Archives that mongodump wrote. */
const real = join(process.env.HOLDFAST_TEST_DATA ?? "/nowhere", "mongo-tools/mongorestore/testdata/test.bar.archive");

describe.skipIf(!existsSync(real))("a real archive (HOLDFAST_TEST_DATA)", () => {
  it("is written again from what was read of it, byte for byte but for header and order of blocks", async () => {
    const original = readFileSync(real);
    const { header, metadata, data } = readArchive(original);
    const again = await archiveOf(
      ...metadata.map((entry) => {
        const { documents } = data.get(`${entry.db}.${entry.collection}`) ?? { documents: [] };
        return namespace({
          database: entry.db as string,
          collection: entry.collection as string,
          dataCollection: entry.collection as string,
          metadata: entry.metadata as string,
          documents: [documents],
        });
      }),
    );
    expect(header).toMatchObject({ version: "0.1", server_version: "3.4.3" });
    const reread = readArchive(again);
    expect(reread.metadata.map((entry) => entry.metadata)).toEqual(metadata.map((entry) => entry.metadata));
    expect([...reread.data.keys()].sort()).toEqual([...data.keys()].sort());
    for (const [name, { documents, crc }] of data) {
      expect(reread.data.get(name)).toEqual({ documents, crc });
      expect([...splitDocuments(Buffer.concat(documents))]).toHaveLength(documents.length);
    }
  });
});
