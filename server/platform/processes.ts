import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Processes by number. A number alone may belong to somebody else after a restart of the machine, so a process that
 * we mean to find again is recorded with the moment it began.
 */
export interface ProcessMark {
  readonly pid: number;
  /** Opaque; equal for the same process only. */
  readonly began: string;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The fields of /proc/<pid>/stat after the program's name, which may itself hold spaces; null without /proc. */
function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

/** Dead, but not yet collected by its parent: it holds nothing any more. */
function isZombie(pid: number): boolean {
  return statFields(pid)?.[0] === "Z";
}

/** When a process began, in the system's own words; null when there is none. */
export function beganAt(pid: number): string | null {
  const fields = statFields(pid);
  // Field 22 of the whole line: clock ticks since the machine started, which the boot id makes unique.
  if (fields) return `${fields[19]}@${bootId()}`;
  const result = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  return result.status === 0 ? result.stdout.trim() || null : null;
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** The command line of a process, or "" when it cannot be read. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    const result = spawnSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
    return result.status === 0 ? result.stdout.trim() : "";
  }
}

export function markProcess(pid: number): ProcessMark | null {
  const began = beganAt(pid);
  return began === null ? null : { pid, began };
}

/** Whether the very process that was marked still runs. */
export function isSameProcess(mark: ProcessMark): boolean {
  return isAlive(mark.pid) && beganAt(mark.pid) === mark.began;
}

export async function waitUntilGone(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return true;
}

/** Asks a process to end with `signal`, waits, and kills it when it does not. Does nothing when it is gone. */
export async function stopProcess(pid: number, signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
  if (!trySignal(pid, signal)) return;
  if (await waitUntilGone(pid, timeoutMs)) return;
  trySignal(pid, "SIGKILL");
  await waitUntilGone(pid, 5_000);
}

function trySignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
