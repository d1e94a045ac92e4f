import { describe, expect, it } from "vitest";
import { isSameOrigin, originOf } from "./request-origin";

const headers = (entries: Record<string, string>) => new Headers(entries);

describe("a request", () => {
  it("from our own pages, typed by a person or sent by a program is taken", () => {
    expect(isSameOrigin(headers({ "sec-fetch-site": "same-origin" }))).toBe(true);
    expect(isSameOrigin(headers({ "sec-fetch-site": "none" }))).toBe(true);
    expect(isSameOrigin(headers({ origin: "http://localhost:7717", host: "localhost:7717" }))).toBe(true);
    expect(isSameOrigin(headers({ host: "localhost:7717" }))).toBe(true);
    const proxied = {
      origin: "https://backup.example.com",
      host: "10.0.0.1:7717",
      "x-forwarded-host": "backup.example.com",
    };
    expect(isSameOrigin(headers(proxied))).toBe(true);
  });

  it("that another site's page makes a visitor send is refused", () => {
    expect(isSameOrigin(headers({ "sec-fetch-site": "cross-site", host: "localhost:7717" }))).toBe(false);
    expect(isSameOrigin(headers({ "sec-fetch-site": "same-site", host: "localhost:7717" }))).toBe(false);
    expect(isSameOrigin(headers({ origin: "http://localhost:3000", host: "localhost:7717" }))).toBe(false);
    expect(isSameOrigin(headers({ origin: "null", host: "localhost:7717" }))).toBe(false);
  });

  it("comes from the address that the proxy appended, not from one that the client wrote before it", () => {
    expect(originOf(headers({ "x-forwarded-for": "203.0.113.9, 192.0.2.1" })).ip).toBe("192.0.2.1");
    expect(originOf(headers({ "x-forwarded-for": "192.0.2.1" })).ip).toBe("192.0.2.1");
    expect(originOf(headers({ "x-forwarded-for": "203.0.113.9, " })).ip).toBeNull();
    expect(originOf(headers({})).ip).toBeNull();
  });
});
