import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { DERIVED_SECRETS, SEALED_COLUMNS, SEALED_SETTINGS } from "./sealed-columns";

const schema = new URL("../../../prisma/schema/", import.meta.url);

/** Every column of type Bytes whose name ends in Sealed, with its model and the model's id. */
function columnsOfSchema(): string[] {
  const text = readdirSync(schema)
    .map((name) => readFileSync(new URL(name, schema), "utf8"))
    .join("\n");
  return [...text.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].flatMap(([, model, body]) => {
    const key = /^\s+(\w+)\s+\S+.*@id\b/m.exec(body!)?.[1];
    return [...body!.matchAll(/^\s+(\w+Sealed)\s+Bytes/gm)].map(([, column]) => `${model}.${column} by ${key}`);
  });
}

function sourcesBelow(folder: URL): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return entry.name === "generated" ? [] : sourcesBelow(new URL(`${entry.name}/`, folder));
    const isSource = /\.ts$/.test(entry.name) && !/\.test\.ts$/.test(entry.name);
    return isSource ? [readFileSync(new URL(entry.name, folder), "utf8")] : [];
  });
}

it("the list of sealed columns is the schema's", () => {
  const listed = SEALED_COLUMNS.map(({ table, column, key }) => `${table}.${column} by ${key}`);
  expect(listed.sort()).toEqual(columnsOfSchema().sort());
  expect(new Set(SEALED_COLUMNS.map(({ purpose }) => purpose)).size).toBe(SEALED_COLUMNS.length);
});

it("every purpose that something is sealed for, or derived for, is listed", () => {
  const sources = sourcesBelow(new URL("../../", import.meta.url));
  const derived = sources.flatMap((text) =>
    [...text.matchAll(/installationKey\(\)\.derive\("([^"]+)"/g)].map((m) => m[1]),
  );
  expect([...new Set(derived)].sort()).toEqual(Object.keys(DERIVED_SECRETS).sort());
  // Purposes are constants named …PURPOSE; a new one is a new thing to seal again.
  const purposes = sources.flatMap((text) =>
    [...text.matchAll(/^(?:export )?const \w*PURPOSE = "([^"]+)"/gm)].map((match) => match[1]),
  );
  const listed = [...SEALED_COLUMNS.map(({ purpose }) => purpose), ...Object.values(SEALED_SETTINGS)];
  expect([...new Set(purposes)].sort()).toEqual(listed.sort());
});
