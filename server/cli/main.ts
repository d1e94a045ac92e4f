import { COMMANDS, type CommandEntry } from "./commands";
import type { Command, CommandResult } from "./frame/command";
import { askOnTerminal } from "./frame/confirm";
import { reportError } from "./frame/errors";
import { commandHelp, table, usageLine } from "./frame/help";
import { parseCommand } from "./frame/parse";
import { ProgressBar } from "./frame/progress-bar";
import { signalForInterrupts } from "./frame/interrupts";
import { UsageError } from "./frame/usage-error";

function overview(entries: readonly CommandEntry[] = COMMANDS): string {
  const rows = entries.map(({ name, words }) => [`holdfast ${name}`, words] as const);
  return `Usage: holdfast COMMAND [options]\n\n${table(rows)}\n\nholdfast COMMAND --help says more of each.\n`;
}

/** The command that the arguments begin with, and what is left of them; null when there is none. */
function findCommand(args: readonly string[]): { entry: CommandEntry; rest: readonly string[] } | null {
  for (const entry of COMMANDS) {
    const words = entry.name.split(" ");
    if (words.every((word, at) => args[at] === word)) return { entry, rest: args.slice(words.length) };
  }
  return null;
}

/** Runs `holdfast <command> …`. Resolves with the exit code: 0 all is well, 1 it is not, 2 wrong usage, 130 interrupted. */
export async function main(args: string[]): Promise<number> {
  const [first = ""] = args;
  if (["", "help", "--help", "-h"].includes(first)) {
    (first === "" ? process.stderr : process.stdout).write(overview());
    return first === "" ? 2 : 0;
  }
  const found = findCommand(args);
  if (!found) return unknownCommand(args);
  return runCommand(found.entry, await found.entry.load(), found.rest);
}

function unknownCommand(args: string[]): number {
  const nouns = COMMANDS.filter(({ name }) => name.startsWith(`${args[0]} `));
  if (nouns.length > 0 && (args[1] === "--help" || args[1] === undefined)) {
    (args[1] === undefined ? process.stderr : process.stdout).write(overview(nouns));
    return args[1] === undefined ? 2 : 0;
  }
  const name = nouns.length > 0 ? `${args[0]} ${args[1]}` : args[0];
  process.stderr.write(`There is no command "${name}".\n\n${overview(nouns.length > 0 ? nouns : COMMANDS)}`);
  return 2;
}

async function runCommand(entry: CommandEntry, command: Command, args: readonly string[]): Promise<number> {
  const asJson = args.includes("--json");
  const progress = new ProgressBar(process.stderr);
  const interrupts = signalForInterrupts(() => progress.clear());
  try {
    const { values, positionals } = parseCommand(command, args);
    if (values.help === true) {
      process.stdout.write(commandHelp(entry.name, entry.words, command));
      return 0;
    }
    const { signal } = interrupts;
    const result = await command.run({ values, positionals, signal, progress, confirm: askOnTerminal(progress) });
    progress.clear();
    await print(result, asJson);
    return result.ok ? 0 : 1;
  } catch (error) {
    progress.clear();
    const usage =
      error instanceof UsageError
        ? `${usageLine(entry.name, command)}\nholdfast ${entry.name} --help says more.`
        : null;
    return reportError(error, { asJson, usage, isInterrupted: interrupts.signal.aborted });
  } finally {
    interrupts.stop();
  }
}

/** Resolves when everything is handed over: what is piped may be larger than the pipe. */
function print({ facts, text, goesTo = "stdout" }: CommandResult, asJson: boolean): Promise<void> {
  const output = asJson ? JSON.stringify(facts, null, 2) : text;
  return new Promise((resolve) => process[goesTo].write(`${output}\n`, () => resolve()));
}
