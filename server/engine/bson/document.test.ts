import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inDocument, int32, rawDocument, valueArbitrary } from "./bson-arbitrary";
import { assertDocument, BSON_TYPE, elements, findElement, splitDocuments } from "./document";
import { encodeKey } from "./key";

const corpus = join(process.env.HOLDFAST_TEST_DATA ?? "", "spec-tests/bson-corpus/tests");
const hasCorpus = process.env.HOLDFAST_TEST_DATA !== undefined && existsSync(corpus);
const invalid = expect.objectContaining({ code: "BSON_INVALID" });

interface CorpusFile {
  valid?: Array<{ description: string; canonical_bson: string; degenerate_bson?: string }>;
  decodeErrors?: Array<{ description: string; bson: string }>;
}

function corpusFiles(): Array<[string, CorpusFile]> {
  const names = readdirSync(corpus).filter((name) => name.endsWith(".json"));
  return names.map((name) => [name, JSON.parse(readFileSync(join(corpus, name), "utf8")) as CorpusFile]);
}

describe("the BSON corpus (HOLDFAST_TEST_DATA)", () => {
  it.skipIf(!hasCorpus)("accepts every valid document and gives every element a key", () => {
    let documents = 0;
    for (const [, file] of corpusFiles()) {
      for (const test of file.valid ?? []) {
        for (const hex of [test.canonical_bson, test.degenerate_bson]) {
          if (hex === undefined) continue;
          const doc = Buffer.from(hex, "hex");
          assertDocument(doc);
          for (const element of elements(doc)) expect(encodeKey(doc, element).length).toBeGreaterThan(0);
          documents += 1;
        }
      }
    }
    expect(documents).toBeGreaterThan(500);
  });

  it.skipIf(!hasCorpus)("refuses every malformed document except broken UTF-8, which a backup must carry", () => {
    const accepted: string[] = [];
    for (const [name, file] of corpusFiles()) {
      for (const test of file.decodeErrors ?? []) {
        try {
          assertDocument(Buffer.from(test.bson, "hex"));
          accepted.push(`${name}: ${test.description}`);
        } catch (error) {
          expect(error).toEqual(invalid);
        }
      }
    }
    expect(accepted.filter((line) => !/UTF-8/i.test(line))).toEqual([]);
  });
});

describe("walking documents", () => {
  it("finds each element with its exact bytes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("a", "é", "", "a"), valueArbitrary), { maxLength: 6 }),
        (fields) => {
          const doc = rawDocument(fields);
          assertDocument(doc);
          const walked = [...elements(doc)];
          expect(walked.map((e) => [e.name, e.type, doc.subarray(e.start, e.end)])).toEqual(
            fields.map(([name, value]) => [name, value.type, value.bytes]),
          );
          const first = fields.find(([name]) => name === "é");
          expect(findElement(doc, "é")?.type).toBe(first?.[1].type);
        },
      ),
    );
  });

  it("works at an offset inside a larger buffer", () => {
    const doc = rawDocument([["a", { type: BSON_TYPE.int32, bytes: int32(7) }]]);
    const batch = Buffer.concat([doc, doc]);
    const element = findElement(batch, "a", doc.length)!;
    expect(element.elementStart).toBe(doc.length + 4);
    expect([...splitDocuments(batch)]).toEqual([doc, doc]);
    expect([...splitDocuments(batch)][1]!.buffer).toBe(batch.buffer);
    expect(() => [...splitDocuments(batch.subarray(0, batch.length - 1))]).toThrowError(invalid);
  });

  it("answers damaged bytes with BSON_INVALID or another sound document, never with anything else", () => {
    fc.assert(
      fc.property(valueArbitrary, fc.nat(), fc.nat(255), (value, at, byte) => {
        const { doc } = inDocument(value);
        doc[at % doc.length] = byte;
        try {
          assertDocument(doc);
        } catch (error) {
          expect(error).toEqual(invalid);
          return;
        }
        for (const element of elements(doc)) encodeKey(doc, element);
      }),
      { numRuns: 5_000 },
    );
  });

  it("refuses documents that nest deeper than a server does", () => {
    const nested = (depth: number): Buffer => {
      let doc = rawDocument([]);
      for (let i = 1; i < depth; i += 1) doc = rawDocument([["a", { type: BSON_TYPE.object, bytes: doc }]]);
      return doc;
    };
    assertDocument(nested(200));
    expect(() => assertDocument(nested(201))).toThrowError(invalid);
  });
});
