import { join } from "node:path";
import { env } from "@/server/platform/env";

export interface DemoSummary {
  readonly file: string;
  readonly users: ReadonlyArray<{ readonly email: string; readonly password: string; readonly words: string }>;
}

/** What the terminal says when everything runs: the address, how to sign in, where things are, how to stop. */
export function welcome(options: { seconds: number; token: string | null; demo: DemoSummary | null }): string {
  const { seconds, token, demo } = options;
  const lines = ["", `Holdfast is running at ${env.publicUrl} (ready in ${seconds.toFixed(1)} s)`, ""];
  if (token !== null) {
    lines.push("It has no users yet. Open the address to make the first one. The set-up asks for this token:", "");
    lines.push(`    ${token}`, "");
  }
  if (demo !== null) {
    lines.push("Sign in as one of the demo's people:");
    const width = Math.max(...demo.users.map((user) => user.email.length));
    for (const user of demo.users) lines.push(`    ${user.email.padEnd(width)}  ${user.password}  ${user.words}`);
    lines.push("", `All of it, with the API key and connection strings: ${demo.file}`);
  }
  const key = env.key === null ? ` (its key: ${join(env.home, "key")})` : "";
  lines.push(`Data: ${env.home}${key}. Logs: ${join(env.home, "logs")}. Stop with Ctrl-C.`, "");
  return lines.join("\n");
}
