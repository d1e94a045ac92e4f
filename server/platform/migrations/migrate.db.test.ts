import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/server/testing/database";
import { applyMigrations, diffSchema, migrationNames, writeMigration } from "./migrate";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const folders: string[] = [];
/** A copy of the repository's prisma folder, to change. */
function copyOfPrisma(): string {
  const root = mkdtempSync(join(tmpdir(), "holdfast-migrations-"));
  folders.push(root);
  cpSync("prisma", join(root, "prisma"), { recursive: true });
  return root;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function query<T extends pg.QueryResultRow>(sql: string, url: string = database.url): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("migrations", () => {
  it("lead from nothing exactly to prisma/schema", async () => {
    expect(await diffSchema(database.url)).toBeNull();
  });

  it("have nothing left to apply on a migrated database", async () => {
    expect(await applyMigrations(database.url)).toEqual([]);
  });

  it("write the next migration from a changed schema, and apply it whole", async () => {
    const root = copyOfPrisma();
    writeFileSync(join(root, "prisma/schema/extra.prisma"), "model Extra {\n  id Int @id\n  name String\n}\n");
    const sql = await diffSchema(database.url, { root });
    expect(sql).toContain('CREATE TABLE "Extra"');
    writeMigration(
      "9000_extra",
      `${sql}\ncreate function twice(n int) returns int as $$ begin return n * 2; end $$ language plpgsql;`,
      root,
    );
    expect(await applyMigrations(database.url, root)).toEqual(["9000_extra"]);
    expect(await query("select twice(21) as n")).toEqual([{ n: 42 }]);
    expect(await diffSchema(database.url, { root })).toBeNull();
  });

  it("leave nothing behind of one that fails, and say the database's own words", async () => {
    const root = copyOfPrisma();
    writeMigration("9001_broken", "create table half (id int);\nselect 1 / 0;\n", root);
    await expect(applyMigrations(database.url, root)).rejects.toThrow(/division by zero/);
    expect(await query("select 1 from pg_class where relname = 'half'")).toEqual([]);
  });

  it("are safe when three processes apply them at once", async () => {
    await query("create database at_once", `${inject("postgresUrl")}postgres`);
    const url = `${inject("postgresUrl")}at_once`;
    const applied = await Promise.all([1, 2, 3].map(() => applyMigrations(url)));
    expect(applied.flat()).toEqual(migrationNames());
    await query("drop database at_once with (force)", `${inject("postgresUrl")}postgres`);
  });

  it("leave no shadow database behind", async () => {
    expect(await query("select datname from pg_database where datname like 'holdfast_shadow%'")).toEqual([]);
  });
});
