import { describe, expect, it } from "vitest";
import { clientOrigin, Links } from "./links";
import { offsetOf, pageBody, readPage, slicePage } from "./paging";

const query = (text: string) => new URLSearchParams(text);
const requested = (text: string) => new URL(`https://holdfast.example:8443/api/atlas/v2/groups${text}`);

describe("readPage", () => {
  it("has the Admin API's defaults", () => {
    expect(readPage(query(""))).toEqual({ pageNum: 1, itemsPerPage: 100, includeCount: true });
    expect(readPage(query("pageNum=&itemsPerPage=&includeCount="))).toEqual(readPage(query("")));
  });

  it("reads the edges of the ranges", () => {
    expect(readPage(query("pageNum=3&itemsPerPage=500&includeCount=false"))).toEqual({
      pageNum: 3,
      itemsPerPage: 500,
      includeCount: false,
    });
    expect(readPage(query("itemsPerPage=1")).itemsPerPage).toBe(1);
  });

  it.each([
    ["pageNum=0", "pageNum"],
    ["pageNum=-1", "pageNum"],
    ["pageNum=x", "pageNum"],
    ["pageNum=1.5", "pageNum"],
    ["itemsPerPage=0", "itemsPerPage"],
    ["itemsPerPage=501", "itemsPerPage"],
    ["itemsPerPage=1e2", "itemsPerPage"],
    ["includeCount=maybe", "includeCount"],
  ])("refuses %s and names the parameter", (text, name) => {
    expect(() => readPage(query(text))).toThrow(
      expect.objectContaining({ status: 400, errorCode: "INVALID_QUERY_PARAMETER", parameters: [name] }),
    );
  });

  it("keeps an absurd page number inside a database's integers", () => {
    expect(offsetOf(readPage(query("pageNum=9007199254740991&itemsPerPage=500")))).toBe(2 ** 31 - 1);
  });
});

describe("pageBody", () => {
  const body = (text: string, total: number) =>
    pageBody(["x"], total, readPage(requested(text).searchParams), requested(text));
  const rels = (text: string, total: number) => body(text, total).links.map((link) => link.rel);

  it("links to the pages that there are", () => {
    expect(rels("?itemsPerPage=2", 1)).toEqual(["self"]);
    expect(rels("?itemsPerPage=2", 2)).toEqual(["self"]);
    expect(rels("?itemsPerPage=2", 3)).toEqual(["self", "next"]);
    expect(rels("?itemsPerPage=2&pageNum=2", 5)).toEqual(["self", "previous", "next"]);
    expect(rels("?itemsPerPage=2&pageNum=3", 5)).toEqual(["self", "previous"]);
    expect(rels("?itemsPerPage=2&pageNum=9", 5)).toEqual(["self", "previous"]);
  });

  it("repeats the query in absolute links", () => {
    const next = body("?name=a%20b&itemsPerPage=2", 3).links[1]!;
    expect(next.href).toBe(
      "https://holdfast.example:8443/api/atlas/v2/groups?name=a+b&itemsPerPage=2&includeCount=true&pageNum=2",
    );
  });

  it("leaves the count out when told to", () => {
    expect(body("", 1)).toMatchObject({ totalCount: 1, results: ["x"] });
    expect(body("?includeCount=false", 1)).not.toHaveProperty("totalCount");
  });

  it("cuts a list in memory", () => {
    const page = { pageNum: 2, itemsPerPage: 2, includeCount: true };
    expect(slicePage([1, 2, 3], page)).toEqual({ items: [3], total: 3 });
    expect(slicePage([1, 2], page)).toEqual({ items: [], total: 2 });
  });
});

describe("links", () => {
  const from = (headers: Record<string, string>) =>
    clientOrigin(new Request("http://localhost:3000/api/atlas/v2", { headers }));

  it("stand on the base address that the client used", () => {
    expect(from({})).toBe("http://localhost:3000");
    expect(from({ host: "holdfast.example:7717" })).toBe("http://holdfast.example:7717");
    expect(from({ "x-forwarded-proto": "https, http", "x-forwarded-host": "a.example, b.example" })).toBe(
      "https://a.example",
    );
  });

  it("are never made of what is no host name", () => {
    expect(from({ "x-forwarded-host": "evil.example/path?" })).toBe("http://localhost:3000");
    expect(from({ "x-forwarded-proto": "javascript" })).toBe("http://localhost:3000");
  });

  it("escape each segment", () => {
    expect(new Links("http://h").self("groups", "a/b").href).toBe("http://h/api/atlas/v2/groups/a%2Fb");
  });
});
