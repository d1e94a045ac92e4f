import { Int32, Long } from "bson";
import { commandError } from "../command-error";

/** Server parameters that clients ask for; the settable ones are kept for the life of the process. */
export class Parameters {
  readonly #values = new Map<string, unknown>([
    ["minSnapshotHistoryWindowInSeconds", new Int32(300)],
    ["transactionLifetimeLimitSeconds", new Int32(60)],
    ["cursorTimeoutMillis", Long.fromNumber(600_000)],
    ["logicalSessionRefreshMillis", new Int32(300_000)],
    ["localLogicalSessionTimeoutMinutes", new Int32(30)],
    ["ttlMonitorEnabled", true],
    ["ttlMonitorSleepSecs", new Int32(60)],
    ["authSchemaVersion", new Int32(5)],
    ["scramIterationCount", new Int32(10_000)],
    ["scramSHA256IterationCount", new Int32(15_000)],
    ["authenticationMechanisms", ["SCRAM-SHA-1", "SCRAM-SHA-256"]],
    ["enableTestCommands", false],
    ["notablescan", false],
    ["quiet", false],
    ["logLevel", new Int32(0)],
    ["internalQueryExecMaxBlockingSortBytes", new Int32(104_857_600)],
    ["maxTransactionLockRequestTimeoutMillis", new Int32(5)],
  ]);
  static readonly #fixed = new Set([
    "authSchemaVersion",
    "authenticationMechanisms",
    "enableTestCommands",
    "localLogicalSessionTimeoutMinutes",
  ]);

  get(name: string): unknown {
    return this.#values.get(name);
  }

  entries(): IterableIterator<[string, unknown]> {
    return this.#values.entries();
  }

  isSettable(name: string): boolean {
    return !Parameters.#fixed.has(name);
  }

  /** The old value; InvalidOptions for a name that is not known, IllegalOperation for one that is fixed. */
  set(name: string, value: unknown): unknown {
    if (!this.#values.has(name))
      throw commandError(72, `attempted to set unrecognized parameter [${name}], use help:true to see options `);
    if (!this.isSettable(name)) throw commandError(20, `not allowed to change [${name}] at runtime`);
    const was = this.#values.get(name);
    this.#values.set(name, value);
    return was;
  }
}
