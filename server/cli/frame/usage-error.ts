/** The command line itself is wrong: its words are printed with the usage, and the exit code is 2. */
export class UsageError extends Error {}
