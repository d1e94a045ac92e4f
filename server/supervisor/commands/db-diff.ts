import { parseArgs } from "node:util";
import { diffSchema, migrationNames, writeMigration } from "@/server/platform/migrations/migrate";
import { startTemporaryPostgres } from "../postgres/temporary";

/**
 * `npm run db:diff -- <name>`: writes the next migration from prisma/schema. `--check` only says whether there is a
 * difference (exit code 1). `--init` writes 0001_init again, from nothing: until the first release.
 */
const { values, positionals } = parseArgs({
  options: { check: { type: "boolean" }, init: { type: "boolean" } },
  allowPositionals: true,
});

const server = await startTemporaryPostgres();
const sql = await diffSchema(server.url("postgres"), { fromEmpty: values.init === true }).finally(server.remove);
if (sql === null) {
  process.stdout.write("The migrations and prisma/schema agree.\n");
} else if (values.check === true) {
  process.stdout.write(`prisma/schema has changes without a migration (npm run db:diff -- <name>):\n\n${sql}\n`);
  process.exitCode = 1;
} else {
  const number = String(migrationNames().length + 1).padStart(4, "0");
  const name = values.init === true ? "0001_init" : `${number}_${positionals[0] ?? "change"}`;
  process.stdout.write(`Wrote ${writeMigration(name, sql)}\n`);
}
