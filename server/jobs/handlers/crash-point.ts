import { env } from "@/server/platform/env";

const STOP = "stop:";

/**
 * Ends the process at a named moment, as a kill would, when HOLDFAST_CRASH_AT says so ("restore:renamed-in" or
 * "snapshot:flushed#2" for the second time) and test switches are on; with "stop:" before it the process is stopped until
 * it gets SIGCONT, as a machine that sleeps. The fault suite uses it; without the switch it
 * does nothing.
 */
export function crashPoint(family: "snapshot" | "restore"): (point: string) => void {
  const wanted = env.testSwitches ? env.crashAt : null;
  if (wanted === null) return () => undefined;
  const stops = wanted.startsWith(STOP);
  const [name = "", nth = "1"] = wanted.slice(stops ? STOP.length : 0).split("#");
  let left = Number(nth);
  return (point) => {
    if (`${family}:${point}` !== name) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, stops ? "SIGSTOP" : "SIGKILL");
  };
}
