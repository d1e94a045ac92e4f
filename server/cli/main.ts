import { redactText } from "@/server/platform/logger";
import { unlock } from "./unlock";

interface Command {
  readonly usage: string;
  readonly words: string;
  run(args: string[]): Promise<number>;
}

const COMMANDS: Record<string, Command> = {
  unlock: {
    usage: "unlock <connection string> [--run <id>]",
    words: "lift the write block that a Holdfast restore left on a server",
    run: unlock,
  },
};

function usage(): string {
  const width = Math.max(...Object.values(COMMANDS).map((command) => command.usage.length));
  const lines = Object.values(COMMANDS).map(({ usage, words }) => `  holdfast ${usage.padEnd(width)}  ${words}`);
  return ["Usage:", ...lines, ""].join("\n");
}

/** Runs `holdfast <command> …`. Resolves with the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function main(args: string[]): Promise<number> {
  const [name = "", ...rest] = args;
  if (name === "" || name === "help" || name === "--help") {
    process.stdout.write(usage());
    return name === "" ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    process.stderr.write(`There is no command "${name}".\n\n${usage()}`);
    return 2;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    process.stderr.write(`${redactText(error instanceof Error ? error.message : String(error))}\n`);
    return 1;
  }
}
