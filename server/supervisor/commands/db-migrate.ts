import { databaseUrl } from "@/server/platform/env";
import { migrateDatabase } from "../migrate";

/** `npm run db:migrate`: brings the installation's database (or DATABASE_URL) up to date. */
const applied = await migrateDatabase(databaseUrl());
process.stdout.write(applied.length === 0 ? "The database is up to date.\n" : `Applied ${applied.join(", ")}.\n`);
