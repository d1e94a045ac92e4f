import { describe, expect, it } from "vitest";
import { createLogger, redactText } from "./logger";

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  const logger = createLogger({ write: (line: string) => void lines.push(line) });
  logger.level = "info";
  write(logger);
  return lines.join("");
}

describe("logger", () => {
  it("cuts out secrets by name, nested ones too", () => {
    const line = logged((logger) =>
      logger.info({ password: "p1", user: { password: "p2" }, cluster: { config: { connectionString: "p3" } } }, "x"),
    );
    expect(line).not.toMatch(/p1|p2|p3/);
    expect(line).toContain("<redacted>");
  });

  it("cuts the credentials out of addresses in errors and their causes", () => {
    const cause = new Error("connect mongodb://admin:hunter2@db.example.com/ failed");
    const line = logged((logger) => logger.error({ err: new Error("no postgres://u:s3cret@h/db", { cause }) }, "x"));
    expect(line).not.toMatch(/hunter2|s3cret/);
    expect(line).toContain("db.example.com");
  });
});

describe("redactText", () => {
  it("handles passwords that hold slashes, colons and at signs", () => {
    expect(redactText("mongodb+srv://user:p:w@rd@host/db and more")).not.toContain("p:w");
    expect(redactText("see https://example.com/a@b")).toBe("see https://example.com/a@b");
  });
});
