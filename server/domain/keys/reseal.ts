import { z } from "zod";
import type { InstallationKey } from "@/server/platform/crypto";
import { Prisma, type Tx } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { SEALED_COLUMNS, SEALED_SETTINGS, type SealedColumn } from "./sealed-columns";

const BATCH = 500;
/** A setting's other members stay as they are. */
const SealedSetting = z.looseObject({ sealed: z.string() });

/** How many values were sealed again, by "Table.column" or "Setting.key". */
export type Resealed = Record<string, number>;

/**
 * Seals every value with another key, in the transaction of the caller, who holds off all writers until its end. Values
 * that the new key has sealed already stay. Throws INSTALLATION_KEY_WRONG, with the row's name, for a value of a third key.
 */
export async function resealAll(tx: Tx, from: InstallationKey, to: InstallationKey): Promise<Resealed> {
  const tables = [...SEALED_COLUMNS.map(({ table }) => table), "Setting"].map((table) => `"${table}"`).join(", ");
  await tx.$executeRawUnsafe(`lock table ${tables} in share row exclusive mode`);
  const counts: Resealed = {};
  for (const column of SEALED_COLUMNS) {
    counts[`${column.table}.${column.column}`] = await resealColumn(tx, column, from, to);
  }
  for (const [key, purpose] of Object.entries(SEALED_SETTINGS)) {
    counts[`Setting.${key}`] = await resealSetting(tx, key, purpose, from, to);
  }
  return counts;
}

async function resealColumn(tx: Tx, sealed: SealedColumn, from: InstallationKey, to: InstallationKey): Promise<number> {
  const table = Prisma.raw(`"${sealed.table}"`);
  const column = Prisma.raw(`"${sealed.column}"`);
  const key = Prisma.raw(`"${sealed.key}"`);
  let changed = 0;
  for (let after = ""; ;) {
    const rows = await tx.$queryRaw<Array<{ id: string; value: Uint8Array }>>`
      select ${key} as id, ${column} as value from ${table}
      where ${column} is not null and ${key} > ${after} order by ${key} limit ${BATCH}`;
    if (rows.length === 0) return changed;
    const stale = rows.filter(({ value }) => !to.hasSealed(value));
    const values = stale.map(({ id, value }) => {
      const place = `${sealed.table} ${id}, ${sealed.column}`;
      return Uint8Array.from(to.seal(unsealNamed(from, value, sealed.purpose, place), sealed.purpose));
    });
    const ids = stale.map(({ id }) => id);
    await tx.$executeRaw`
      update ${table} set ${column} = fresh.value
      from unnest(${ids}::text[], ${values}::bytea[]) as fresh(of_row, value) where ${key} = fresh.of_row`;
    changed += stale.length;
    after = rows.at(-1)!.id;
  }
}

async function resealSetting(
  tx: Tx,
  key: string,
  purpose: string,
  from: InstallationKey,
  to: InstallationKey,
): Promise<number> {
  const row = await tx.setting.findUnique({ where: { key } });
  if (!row) return 0;
  const setting = SealedSetting.parse(row.value);
  const value = Buffer.from(setting.sealed, "base64");
  if (to.hasSealed(value)) return 0;
  const sealed = to.seal(unsealNamed(from, value, purpose, `Setting ${key}`), purpose).toString("base64");
  await tx.setting.update({ where: { key }, data: { value: { ...setting, sealed } as Prisma.InputJsonObject } });
  return 1;
}

function unsealNamed(from: InstallationKey, value: Uint8Array, purpose: string, place: string): Buffer {
  try {
    return from.unseal(value, purpose);
  } catch (cause) {
    const message = `${place}: the value does not open with the installation's present key; nothing was changed`;
    throw new DomainError("INSTALLATION_KEY_WRONG", { message, params: { place }, cause });
  }
}

/** Whether the database is already sealed with the new key: an earlier rotation came that far. Null: nothing is sealed. */
export async function isSealedWith(tx: Tx, key: InstallationKey): Promise<boolean | null> {
  for (const { table, column } of SEALED_COLUMNS) {
    const [row] = await tx.$queryRaw<Array<{ value: Uint8Array }>>`
      select ${Prisma.raw(`"${column}"`)} as value from ${Prisma.raw(`"${table}"`)}
      where ${Prisma.raw(`"${column}"`)} is not null limit 1`;
    if (row) return key.hasSealed(row.value);
  }
  return null;
}
