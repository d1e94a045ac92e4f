import { spawnSync } from "node:child_process";

/** The operating-system account that PostgreSQL runs as: ours (null), or user postgres where we are root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

function idOf(flag: "-u" | "-g"): number | null {
  const result = spawnSync("id", [flag, "postgres"], { encoding: "utf8" });
  return result.status === 0 ? Number.parseInt(result.stdout, 10) : null;
}

function findPostgresAccount(): Account | null {
  const uid = idOf("-u");
  const gid = idOf("-g");
  return uid === null || gid === null ? null : { uid, gid };
}

/**
 * PostgreSQL refuses to run as root. Returns null for an ordinary user; as root the account `postgres`, which is
 * made when the system has none. Throws an Error with the way out when it cannot be made.
 */
export function postgresAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  const existing = findPostgresAccount();
  if (existing) return existing;
  const attempts: Array<[string, string[]]> = [
    ["useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/bin/false", "postgres"]],
    ["adduser", ["-S", "-D", "-H", "-s", "/bin/false", "postgres"]],
  ];
  for (const [command, args] of attempts) spawnSync(command, args);
  const made = findPostgresAccount();
  if (made) return made;
  throw new Error(
    "PostgreSQL refuses to run as root, and there is no user named postgres.\n" +
      "Make one (useradd --system postgres), start Holdfast as an ordinary user, or set DATABASE_URL.",
  );
}

/** Whether the account may enter the folder (or run the program) at `path`; asked of the system, not computed. */
export function canEnter(account: Account | null, path: string): boolean {
  const result = spawnSync("/bin/sh", ["-c", 'test -r "$1" && test -x "$1"', "sh", path], {
    cwd: "/",
    ...(account ?? {}),
  });
  return result.status === 0;
}
