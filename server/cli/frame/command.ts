import type { ProgressBar } from "./progress-bar";

/** One option of a command, as `--help` shows it and the parser takes it. */
export interface CommandOption {
  /** Left out for a switch; else the word that stands for the value ("FILE"). */
  readonly value?: string;
  /** With `value`: the value may be left out, as in `--archive[=FILE]`; it is then the empty text. */
  readonly optionalValue?: boolean;
  readonly repeatable?: boolean;
  readonly words: string;
}

export type OptionValues = Readonly<Record<string, string | boolean | ReadonlyArray<string | boolean> | undefined>>;

/** What a command is given. */
export interface CommandInput {
  readonly values: OptionValues;
  /** As many as the command names; those in brackets may be left out. */
  readonly positionals: readonly string[];
  /** Aborted by Ctrl-C and SIGTERM. A command then tidies up and throws the signal's reason. */
  readonly signal: AbortSignal;
  readonly progress: ProgressBar;
  /** Asks a person yes or no; null where there is no terminal to ask on. */
  readonly confirm: ((question: string) => Promise<boolean>) | null;
}

/** What a command answers. Nothing else is printed to standard output, but for a dump that goes there. */
export interface CommandResult {
  /** Decides the exit code: 0 when all is well, else 1. */
  readonly ok: boolean;
  /** What `--json` prints. */
  readonly facts: unknown;
  /** What a person reads. */
  readonly text: string;
  /** `stderr` where standard output carries the data itself. */
  readonly goesTo?: "stdout" | "stderr";
}

/** A command without its name, which commands.ts gives it. */
export interface Command {
  /** Words for the positional arguments: `["ID"]`; one that may be left out is in brackets: `["[URI]"]`. */
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  /** More for `--help`, a paragraph or two. */
  readonly details?: string;
  run(input: CommandInput): Promise<CommandResult>;
}

/** The text of an option that takes a value, or null when it was not given. */
export function textOf(values: OptionValues, name: string): string | null {
  const value = values[name];
  return typeof value === "string" ? value : null;
}
