import { describe, expect, it } from "vitest";
import type { Command } from "./command";
import { commandHelp } from "./help";
import { parseCommand } from "./parse";
import { ProgressBar } from "./progress-bar";
import { UsageError } from "./usage-error";
import { columns, countWords, percentWords, plural, sizeWords } from "./words";

const command: Command = {
  positionals: ["ID"],
  options: {
    archive: { value: "FILE", optionalValue: true, words: "where to" },
    storage: { value: "URL", words: "where from" },
    gzip: { words: "compressed" },
  },
  run: () => Promise.reject(new Error("not called")),
};

describe("the arguments of a command", () => {
  it("are its own options and as many words as it names, in any order", () => {
    const { values, positionals } = parseCommand(command, ["--gzip", "a1", "--storage=s3://b", "--json"]);
    expect(positionals).toEqual(["a1"]);
    expect({ ...values }).toEqual({ gzip: true, storage: "s3://b", json: true });
  });

  it("may leave a value out where the option says so", () => {
    expect(parseCommand(command, ["a1", "--archive"]).values.archive).toBe("");
    expect(parseCommand(command, ["--archive", "a1"]).positionals).toEqual(["a1"]);
    expect(parseCommand(command, ["a1", "--archive=x"]).values.archive).toBe("x");
    expect(parseCommand(command, ["a1"]).values.archive).toBeUndefined();
  });

  it("are refused when one is missing, unknown, without its value or too many", () => {
    for (const args of [[], ["a", "b"], ["a", "--nope"], ["a", "--storage"], ["a", "--gzip=1"]]) {
      expect(() => parseCommand(command, args)).toThrowError(UsageError);
    }
    expect(() => parseCommand(command, ["--help"])).not.toThrow();
  });

  it("are all in its help", () => {
    const help = commandHelp("snapshot dump", "write it", command);
    expect(help).toContain("Usage: holdfast snapshot dump ID [options]");
    for (const option of ["--archive[=FILE]", "--storage URL", "--gzip", "--json", "--help"])
      expect(help).toContain(option);
  });
});

describe("the progress bar", () => {
  function stream(isTTY: boolean) {
    const written: string[] = [];
    return { written, isTTY, columns: 60, write: (text: string) => written.push(text) };
  }

  it("prints nothing at all where standard error is no terminal", () => {
    const target = stream(false);
    const bar = new ProgressBar(target);
    bar.update("work", 0.5);
    bar.note("a step");
    bar.clear();
    expect(target.written).toEqual([]);
  });

  it("redraws one line no wider than the terminal, and takes it away", () => {
    const target = stream(true);
    const bar = new ProgressBar(target);
    bar.update("x".repeat(200), 0.5);
    bar.update("too soon", 0.6);
    bar.clear();
    expect(target.written).toHaveLength(2);
    const line = target.written[0]!.replace("\r\u001b[K", "");
    expect(line).toMatch(/^\[############ {12}\] {2}50 % x+$/);
    expect(line.length).toBeLessThan(60);
    expect(target.written[1]).toBe("\r\u001b[K");
  });
});

describe("words for numbers", () => {
  it("are short and exact enough", () => {
    expect([0, 1, 1023, 1024, 1536, 200 * 1024 ** 2, 5 * 1024 ** 4].map(sizeWords)).toEqual([
      "0 bytes",
      "1 byte",
      "1023 bytes",
      "1.0 KiB",
      "1.5 KiB",
      "200 MiB",
      "5.0 TiB",
    ]);
    expect(countWords(1_234_567)).toBe("1,234,567");
    expect([plural(1, "pack"), plural(2, "pack")]).toEqual(["1 pack", "2 packs"]);
    expect(percentWords(0.125)).toBe("12.5 %");
  });

  it("stand in columns", () => {
    expect(
      columns(
        [
          ["A", "N"],
          ["bb", "1"],
          ["c", "22"],
        ],
        [1],
      ),
    ).toBe("A    N\nbb   1\nc   22");
  });
});
