import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

const MAX_LOG_BYTES = 10 * 1024 * 1024;

/** What a person reads while Holdfast runs: few lines, each worth reading. The rest is in the log files. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One file of <home>/logs; the one before is kept beside it (`.old`) once it has grown past 10 MiB. */
export class LogFile {
  readonly path: string;
  #fd: number;

  constructor(home: string, name: string) {
    const folder = join(home, "logs");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = join(folder, `${name}.log`);
    const size = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > MAX_LOG_BYTES) renameSync(this.path, `${this.path}.old`);
    this.#fd = openSync(this.path, "a", 0o600);
  }

  write(text: string): void {
    if (this.#fd >= 0) writeSync(this.#fd, text);
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}

/** The words of a log line that a person should see now: errors of our own processes. Null for the rest. */
export function urgentWords(line: string): string | null {
  if (!line.startsWith("{")) return null;
  try {
    const entry = JSON.parse(line) as { level?: string; msg?: string; err?: { message?: string } };
    if (entry.level !== "error" && entry.level !== "fatal") return null;
    return [entry.msg, entry.err?.message].filter(Boolean).join(": ");
  } catch {
    return null;
  }
}
