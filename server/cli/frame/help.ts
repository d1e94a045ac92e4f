import type { Command, CommandOption } from "./command";
import { COMMON_OPTIONS } from "./parse";

const WIDTH = 100;

/** The usage of one command: its line, its words, its options. */
export function commandHelp(name: string, words: string, command: Command): string {
  const options = { ...command.options, ...COMMON_OPTIONS };
  const rows = Object.entries(options).map(([option, spec]) => [synopsis(option, spec), spec.words] as const);
  const sections = [
    `Usage: ${usageLine(name, command)}`,
    wrap(`${words[0]!.toUpperCase()}${words.slice(1)}.`, 0),
    ...(command.details
      ? [
          command.details
            .split("\n\n")
            .map((text) => wrap(text, 0))
            .join("\n\n"),
        ]
      : []),
    `Options:\n${table(rows)}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

export function usageLine(name: string, command: Command): string {
  const parts = ["holdfast", name, ...command.positionals];
  if (Object.keys(command.options).length > 0) parts.push("[options]");
  return parts.join(" ");
}

function synopsis(name: string, { value, optionalValue }: CommandOption): string {
  if (value === undefined) return `--${name}`;
  return optionalValue ? `--${name}[=${value}]` : `--${name} ${value}`;
}

/** Two columns; the second is wrapped. */
export function table(rows: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${wrap(right, width + 4)}`).join("\n");
}

function wrap(text: string, indent: number): string {
  const lines: string[] = [""];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)!;
    if (last !== "" && indent + last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
