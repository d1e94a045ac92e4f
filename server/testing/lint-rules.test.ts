import { ESLint } from "eslint";
import { beforeAll, describe, expect, it } from "vitest";

/** Lint rules that guard a promise of the code have a test of their own, so that they cannot stop working quietly. */
let eslint: ESLint;
beforeAll(() => {
  eslint = new ESLint({ cwd: process.cwd() });
});

async function messages(code: string, filePath: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return result!.messages.filter((message) => message.severity === 2).map((message) => message.message);
}

describe("the lint rules", () => {
  it("keep the environment in one file", async () => {
    const code = "export const port = process.env.PORT;\n";
    expect((await messages(code, "server/domain/x.ts")).join()).toContain("server/platform/env.ts");
    expect((await messages(code, "components/x.tsx")).join()).toContain("server/platform/env.ts");
    expect(await messages(code, "server/platform/env.ts")).toEqual([]);
  });

  it("keep the time in the clock", async () => {
    const code = "export const now = Date.now();\n";
    expect((await messages(code, "server/engine/x.ts")).join()).toContain("Clock");
    expect(await messages(code, "server/platform/clock.ts")).toEqual([]);
  });

  it("refuse any", async () => {
    expect((await messages("export const x: any = 1;\n", "server/domain/x.ts")).join()).toContain("any");
  });

  it("refuse a disabled rule that was not needed", async () => {
    const code = "// eslint-disable-next-line no-console -- reason\nexport const x = 1;\n";
    expect((await messages(code, "server/domain/x.ts")).join()).toContain("Unused eslint-disable");
  });

  it("keep output to the logger", async () => {
    expect((await messages('console.log("x");\n', "server/domain/x.ts")).join()).toContain("console");
  });
});
