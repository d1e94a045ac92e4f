import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { DATA_SETS, type DataSetName } from "./data-sets";
import { formatRows, type BenchRow } from "./rows";
import { BenchRun } from "./bench-run";

/**
 * Snapshots and restores of generated data between two embedded servers, beside mongodump and mongorestore on the same
 * servers in the same run, where PATH has them; and the driver alone, doing nothing with the bytes, as the limit.
 *
 *   npm run bench                                            all data sets of 1 and 4 GB
 *   npm run bench -- --gb 1 --sets huge --out result.json
 *   npm run bench -- --gb 1,4,16 --sets huge --growth        how time and memory grow: no tools, no restore
 */
const { values } = parseArgs({
  options: {
    gb: { type: "string", default: "1,4" },
    sets: { type: "string", default: Object.keys(DATA_SETS).join(",") },
    out: { type: "string" },
    growth: { type: "boolean", default: false },
  },
});

function setName(name: string): DataSetName {
  if (name in DATA_SETS) return name as DataSetName;
  throw new Error(`There is no data set "${name}": ${Object.keys(DATA_SETS).join(", ")}.`);
}

const rows: BenchRow[] = [];
for (const gb of values.gb.split(",").map(Number)) {
  for (const set of values.sets.split(",").map(setName)) {
    const run = new BenchRun(set, gb, randomBytes(12).toString("hex"));
    try {
      await run.perform({ growth: values.growth });
    } finally {
      await run.close();
    }
    rows.push(...run.rows);
    // After each part, so that a run that is stopped leaves what it has.
    if (values.out) writeFileSync(values.out, `${JSON.stringify(rows, null, 2)}\n`);
  }
}
process.stdout.write(`${formatRows(rows)}\n`);
