import { createInterface } from "node:readline/promises";
import type { ProgressBar } from "./progress-bar";

/** Asks on the terminal; anything but "yes" or "y" is no. Null where nobody can answer. */
export function askOnTerminal(progress: ProgressBar): ((question: string) => Promise<boolean>) | null {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  return async (question) => {
    progress.clear();
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
    } finally {
      terminal.close();
    }
  };
}
