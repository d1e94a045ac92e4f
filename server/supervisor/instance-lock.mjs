import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * One running installation for each HOLDFAST_HOME: `<home>/instance.json` names the process that holds it and when
 * that process began, so that a number which now belongs to somebody else does not count.
 */

/** When a process began, opaque; null when there is none. The same words as in processes.ts. */
function beganAt(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return null;
    return `${fields[19]}@${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}`;
  } catch {
    if (process.platform === "linux") return null;
  }
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || null;
  } catch {
    return null;
  }
}

/** The holder of a lock file, or null when the file is missing, damaged or left behind by a dead process. */
export function readHolder(home) {
  try {
    const holder = JSON.parse(readFileSync(join(home, "instance.json"), "utf8"));
    return beganAt(holder.pid) === holder.began ? holder : null;
  } catch {
    return null;
  }
}

/**
 * Takes the lock. Returns the function that gives it back; throws an Error for people when the folder cannot be
 * written or another process holds it. `address` is what a second one is told.
 */
export function takeInstanceLock(home, address) {
  try {
    mkdirSync(home, { recursive: true });
  } catch (error) {
    throw new Error(
      `${home} cannot be made (${error.code}).\nGive this user the right to write there, or set HOLDFAST_HOME to another folder.`,
    );
  }
  const file = join(home, "instance.json");
  const draft = join(home, `.instance-${process.pid}.json`);
  const mine = { pid: process.pid, began: beganAt(process.pid), address };
  try {
    writeFileSync(draft, JSON.stringify(mine));
  } catch (error) {
    throw new Error(
      `${home} cannot be written to (${error.code}).\nGive this user the right to write there, or set HOLDFAST_HOME to another folder.`,
    );
  }
  try {
    for (;;) {
      try {
        linkSync(draft, file);
        break;
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
      }
      const holder = readHolder(home);
      if (holder) {
        throw new Error(
          `Holdfast already runs from ${home} (process ${holder.pid}${holder.address ? `, ${holder.address}` : ""}).\n` +
            "Stop that one first, or start this one with another HOLDFAST_HOME and PORT.",
        );
      }
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (readHolder(home)?.pid === process.pid) rmSync(file, { force: true });
  };
}
