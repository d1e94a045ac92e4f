import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MigrationList, SchemaFilter } from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";
import { env } from "../env";
import { withSchemaEngine } from "./engine";

const filters: SchemaFilter = { externalTables: [], externalEnums: [] };

function datamodels(root: string): Array<[path: string, content: string]> {
  return schemaFiles(root).map((file) => [file.path, file.content]);
}

function schemaFiles(root: string): Array<{ path: string; content: string }> {
  const folder = join(root, "prisma/schema");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".prisma"))
    .sort()
    .map((name) => ({ path: join(folder, name), content: readFileSync(join(folder, name), "utf8") }));
}

/** Names of the migrations in the repository, in the order in which they apply. */
export function migrationNames(root: string = env.root): string[] {
  return readdirSync(join(root, "prisma/migrations"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function migrationList(root: string, names: string[] = migrationNames(root)): MigrationList {
  const baseDir = join(root, "prisma/migrations");
  return {
    baseDir,
    shadowDbInitScript: "",
    lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
    migrationDirectories: names.map((path) => ({
      path,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok", value: readFileSync(join(baseDir, path, "migration.sql"), "utf8") },
      },
    })),
  };
}

/**
 * True when the table of applied migrations already lists each of ours, finished and unchanged in number: the usual
 * case at a start, answered without loading the engine.
 */
async function isUpToDate(url: string, names: string[]): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ migration_name: string; finished_at: Date | null }>(
      `select migration_name, finished_at from _prisma_migrations where rolled_back_at is null`,
    );
    const finished = new Set(rows.filter((row) => row.finished_at !== null).map((row) => row.migration_name));
    return rows.length === finished.size && names.every((name) => finished.has(name));
  } catch (error) {
    if ((error as { code?: string }).code === "42P01") return false;
    throw error;
  } finally {
    await client.end();
  }
}

/** Applies the migrations that the database lacks; safe when several processes do it at once. Returns their names. */
export async function applyMigrations(url: string, root: string = env.root): Promise<string[]> {
  if (await isUpToDate(url, migrationNames(root))) return [];
  const { appliedMigrationNames } = await withSchemaEngine(url, datamodels(root), (engine) =>
    engine.applyMigrations({ migrationsList: migrationList(root), filters }),
  );
  return appliedMigrationNames;
}

/** The SQL that leads from the migrations to prisma/schema, or null when nothing changed. Needs `create database`. */
export async function diffSchema(
  url: string,
  options: { root?: string; fromEmpty?: boolean } = {},
): Promise<string | null> {
  const root = options.root ?? env.root;
  const files = schemaFiles(root);
  const from = { tag: "migrations" as const, ...migrationList(root, options.fromEmpty ? [] : undefined) };
  const { exitCode, stdout } = await withSchemaEngine(url, datamodels(root), (engine) =>
    engine.diff({ from, to: { tag: "schemaDatamodel", files }, script: true, exitCode: true, filters }),
  );
  return exitCode === 0 ? null : (stdout ?? "");
}

/** Writes a migration's folder; returns the path of its file. */
export function writeMigration(name: string, sql: string, root: string = env.root): string {
  const folder = join(root, "prisma/migrations", name);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "migration.sql");
  writeFileSync(file, sql);
  return file;
}
