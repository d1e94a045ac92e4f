import { UsageError } from "../frame/usage-error";

/** Where a connection string is taken from when the command line has none. */
export const TARGET_VARIABLE = "HOLDFAST_TO";

export const TARGET_VARIABLE_WORDS = `Left out, the connection string is that of ${TARGET_VARIABLE} in the environment: it holds a password, and other users of the machine can read what is on a command line.`;

/** The server's connection string: the given one, else that of HOLDFAST_TO. Throws UsageError when there is neither. */
export function targetUri(given: string | null, argument: string): string {
  const uri = given ?? (process.env[TARGET_VARIABLE] || null);
  if (uri === null) throw new UsageError(`${argument} is missing, and ${TARGET_VARIABLE} is not set.`);
  return uri;
}
