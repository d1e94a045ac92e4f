const REDRAW_MS = 100;
const BAR_WIDTH = 24;

/** The part of a terminal that a bar needs. */
export interface BarStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * One line on standard error that says how far the work is, redrawn in place. Where standard error is no terminal it
 * prints nothing at all, so that a log or a pipe gets results only.
 */
export class ProgressBar {
  readonly #stream: BarStream;
  #drawnAt = -Infinity;
  #isShown = false;

  constructor(stream: BarStream) {
    this.#stream = stream;
  }

  /** `part` from 0 to 1, or null while the end is not known. */
  update(text: string, part: number | null = null): void {
    if (!this.#stream.isTTY) return;
    const now = performance.now();
    if (now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    // Some terminals say 0 when they do not know.
    const columns = this.#stream.columns || 80;
    const line = `${part === null ? "" : `${bar(part)} `}${text}`;
    this.#stream.write(`\r\u001b[K${line.slice(0, columns - 1)}`);
    this.#isShown = true;
  }

  /** A line that stays, on terminals only. */
  note(text: string): void {
    if (!this.#stream.isTTY) return;
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isShown) this.#stream.write("\r\u001b[K");
    this.#isShown = false;
    this.#drawnAt = -Infinity;
  }
}

function bar(part: number): string {
  const clamped = Math.min(1, Math.max(0, part));
  const filled = Math.floor(clamped * BAR_WIDTH);
  const percent = `${Math.floor(clamped * 100)}`.padStart(3);
  return `[${"#".repeat(filled)}${" ".repeat(BAR_WIDTH - filled)}] ${percent} %`;
}
