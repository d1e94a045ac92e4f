import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSameProcess, markProcess, type ProcessMark, stopProcess } from "@/server/platform/processes";

const STOP_WITHIN_MS = 15_000;

interface Entry extends ProcessMark {
  readonly name: string;
}

/**
 * The processes that a supervisor started, in `<home>/run.json`. When the supervisor was killed, the next one finds
 * there what is still running and stops it before it starts its own.
 */
export class RunRecord {
  readonly #file: string;
  #entries: Entry[] = [];

  constructor(home: string) {
    this.#file = join(home, "run.json");
  }

  /** Stops what an earlier supervisor left running. Returns the names of what was found. */
  async stopLeftovers(): Promise<string[]> {
    let left: Entry[] = [];
    try {
      left = (JSON.parse(readFileSync(this.#file, "utf8")) as Entry[]).filter(isSameProcess);
    } catch {
      // Never written, or cut in the middle: nothing to find.
    }
    await Promise.all(left.map((entry) => stopProcess(entry.pid, "SIGTERM", STOP_WITHIN_MS)));
    this.#save();
    return left.map((entry) => entry.name);
  }

  add(name: string, pid: number): void {
    const mark = markProcess(pid);
    if (mark) this.#entries.push({ name, ...mark });
    this.#save();
  }

  remove(name: string, pid: number): void {
    this.#entries = this.#entries.filter((entry) => entry.name !== name || entry.pid !== pid);
    this.#save();
  }

  #save(): void {
    const draft = `${this.#file}.new`;
    writeFileSync(draft, JSON.stringify(this.#entries), { mode: 0o600 });
    renameSync(draft, this.#file);
  }

  delete(): void {
    rmSync(this.#file, { force: true });
  }
}
