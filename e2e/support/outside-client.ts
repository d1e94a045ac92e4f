import { MongoClient, MongoServerError } from "mongodb";

const USER_WRITES_BLOCKED = 371;
const PAUSE_MS = 40;

export interface OutsideClientReport {
  written: number;
  /** Writes refused with UserWritesBlocked. */
  refused: number;
  readsDuringBlock: number;
  /** Anything else that went wrong. */
  surprises: string[];
}

/** An ordinary client of the target cluster that writes and reads all the while; `stop` ends it and tells. */
export function startOutsideClient(uri: string, database: string): { stop(): Promise<OutsideClientReport> } {
  const client = new MongoClient(uri, { retryWrites: false });
  const report: OutsideClientReport = { written: 0, refused: 0, readsDuringBlock: 0, surprises: [] };
  let stopped = false;
  const work = (async () => {
    const notes = client.db(`${database}_outside`).collection("notes");
    while (!stopped) {
      try {
        await notes.insertOne({ at: new Date() });
        report.written += 1;
      } catch (error) {
        if (error instanceof MongoServerError && error.code === USER_WRITES_BLOCKED) {
          report.refused += 1;
          await client.db(database).collection("odd").findOne({});
          report.readsDuringBlock += 1;
        } else report.surprises.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await work;
      await client.close();
      return report;
    },
  };
}
