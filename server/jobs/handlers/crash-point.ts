import { env } from "@/server/platform/env";

/**
 * Ends the process at a named moment, as a kill would, when HOLDFAST_CRASH_AT says so ("restore:renamed-in" or
 * "snapshot:flushed#2" for the second time) and test switches are on. The fault suite uses it; without the switch it
 * does nothing.
 */
export function crashPoint(family: "snapshot" | "restore"): (point: string) => void {
  const wanted = env.testSwitches ? env.crashAt : null;
  if (wanted === null) return () => undefined;
  const [name = "", nth = "1"] = wanted.split("#");
  let left = Number(nth);
  return (point) => {
    if (`${family}:${point}` !== name) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, "SIGKILL");
  };
}
