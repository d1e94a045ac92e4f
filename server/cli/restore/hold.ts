import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { newId } from "@/server/platform/ids";
import { isSameProcess, markProcess } from "@/server/platform/processes";

/**
 * Lets one command at a time work with a file: beside it lies an empty file for each process that wants it, whose name is
 * the process. Each makes its own before it looks for others, so of two that come at once none or one goes on, never both.
 * Names of processes that are gone do not count, and a process that is only stopped is not gone.
 *
 * Returns the function that ends the hold; null when another process, or another hold of this one, is there.
 */
export function hold(path: string): (() => void) | null {
  const folder = dirname(path);
  const prefix = `${basename(path)}.held-`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const mine = `${prefix}${process.pid}-${encodeURIComponent(markProcess(process.pid)?.began ?? "")}-${newId()}`;
  closeSync(openSync(join(folder, mine), "wx", 0o600));
  const release = () => rmSync(join(folder, mine), { force: true });
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix) || name === mine) continue;
    const [, pid, began] = /^(\d+)-(.*)-[^-]+$/.exec(name.slice(prefix.length)) ?? [];
    if (pid !== undefined && isSameProcess({ pid: Number(pid), began: decodeURIComponent(began!) })) {
      release();
      return null;
    }
    rmSync(join(folder, name), { force: true });
  }
  return release;
}
