import type { Ledger } from "@/server/engine/repository/garbage/ledger";
import type { Db, Tx } from "@/server/platform/db";

/** Now, by the clock that `startedAt` of runs is taken from. */
export async function databaseNow(from: Db | Tx): Promise<Date> {
  const rows = await from.$queryRaw<Array<{ now: Date }>>`select clock_timestamp() as now`;
  return rows[0]!.now;
}

/**
 * When the earliest run under way began. Runs of all organizations count: a restore reads one repository and writes for a
 * project of another, and to wait is never wrong. A run whose worker died is still under way until it is settled.
 */
export async function oldestRunningSince(from: Db | Tx): Promise<Date | null> {
  const oldest = await from.run.aggregate({ where: { status: "RUNNING" }, _min: { startedAt: true } });
  return oldest._min.startedAt;
}

/** What garbage collection in one repository asks the rows. */
export class PostgresLedger implements Ledger {
  readonly #db: Db;
  readonly #repositoryId: string;

  constructor(db: Db, repositoryId: string) {
    this.#db = db;
    this.#repositoryId = repositoryId;
  }

  now(): Promise<Date> {
    return databaseNow(this.#db);
  }

  oldestRunningSince(): Promise<Date | null> {
    return oldestRunningSince(this.#db);
  }

  async neededManifests(): Promise<string[]> {
    const rows = await this.#db.$queryRaw<Array<{ manifestId: string }>>`
      select "manifestId" from "Snapshot" where "repositoryId" = ${this.#repositoryId}
        and status = 'COMPLETED' and "deletedAt" is null and "manifestId" is not null`;
    return rows.map(({ manifestId }) => manifestId);
  }
}
