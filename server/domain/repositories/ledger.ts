import type { Ledger } from "@/server/engine/repository/garbage/ledger";
import type { Db, Tx } from "@/server/platform/db";

/** Now, by the clock that `startedAt` of runs is taken from. */
export async function databaseNow(from: Db | Tx): Promise<Date> {
  const rows = await from.$queryRaw<Array<{ now: Date }>>`select clock_timestamp() as now`;
  return rows[0]!.now;
}

/**
 * When the earliest run under way began that can touch this repository: all runs for projects of its organization
 * (snapshots go to repositories of the project's own organization), and runs of other organizations whose snapshot,
 * or whose restore's snapshot, lies in it. A run of which no row says what it reads counts, too: to wait is never wrong. A
 * run whose worker died is still under way until it is settled.
 */
export async function oldestRunningSince(from: Db | Tx, repositoryId: string): Promise<Date | null> {
  const rows = await from.$queryRaw<Array<{ since: Date | null }>>`
    select min(run."startedAt") as since
    from "Run" run
    left join "Project" project on project.id = run."projectId"
    left join "RestoreJob" restore on restore.id = run."subjectId"
    left join "Snapshot" snapshot on snapshot.id = coalesce(restore."snapshotId", run."subjectId")
    where run.status = 'RUNNING' and (
      project.id is null or snapshot.id is null or snapshot."repositoryId" = ${repositoryId}
      or exists (select 1 from "Repository" r where r.id = ${repositoryId} and r."organizationId" = project."organizationId"))`;
  return rows[0]!.since;
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
    return oldestRunningSince(this.#db, this.#repositoryId);
  }

  async neededManifests(): Promise<string[]> {
    const rows = await this.#db.$queryRaw<Array<{ manifestId: string }>>`
      select "manifestId" from "Snapshot" where "repositoryId" = ${this.#repositoryId}
        and status = 'COMPLETED' and "deletedAt" is null and "manifestId" is not null`;
    return rows.map(({ manifestId }) => manifestId);
  }
}
