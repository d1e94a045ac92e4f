import { parseArgs } from "node:util";
import type { Command, OptionValues } from "./command";
import { UsageError } from "./usage-error";

/** Options that every command has. */
export const COMMON_OPTIONS = {
  json: { words: "print the result as one JSON document" },
  help: { words: "print this" },
} as const;

export interface Parsed {
  values: OptionValues;
  positionals: string[];
}

/** Reads the arguments of one command. Throws UsageError for what it does not take. `--help` excuses what is missing. */
export function parseCommand(command: Command, args: readonly string[]): Parsed {
  const options = { ...command.options, ...COMMON_OPTIONS };
  const optional = new Set(
    Object.entries(command.options)
      .filter(([, option]) => option.optionalValue)
      .map(([name]) => `--${name}`),
  );
  // parseArgs knows no option whose value may be left out: "--archive" alone is "--archive=" to it.
  const given = args.map((arg) => (optional.has(arg) ? `${arg}=` : arg));
  const { values, positionals } = parseStrictly(given, options);
  if (values.help !== true) assertPositionals(command, positionals);
  return { values, positionals };
}

function parseStrictly(args: string[], options: Record<string, Command["options"][string]>): Parsed {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(options).map(([name, { value, repeatable }]) => [
          name,
          { type: value === undefined ? ("boolean" as const) : ("string" as const), multiple: repeatable === true },
        ]),
      ),
    });
  } catch (error) {
    // The parser's first sentence names the option; the rest explains what its own callers could do.
    throw new UsageError((error as Error).message.split(/(?<=\.)\s|\n/)[0]);
  }
}

function assertPositionals(command: Command, positionals: string[]): void {
  const missing = command.positionals[positionals.length];
  if (missing !== undefined && !missing.startsWith("[")) throw new UsageError(`${missing} is missing.`);
  const extra = positionals[command.positionals.length];
  if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many.`);
}
