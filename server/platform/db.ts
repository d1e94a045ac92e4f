import { PrismaPg } from "@prisma/adapter-pg";
import { databaseUrl } from "./env";
import { Prisma, PrismaClient } from "./generated/prisma/client";
import { forget, once } from "./once";

export { Prisma };
export type * from "./generated/prisma/models";
export * from "./generated/prisma/enums";

export type Db = PrismaClient;
/** A client inside `db().$transaction(async (tx) => …)`. */
export type Tx = Prisma.TransactionClient;

/**
 * A connection without traffic is probed after this long, so that one whose other end vanished fails instead of hanging.
 * There is no time limit on statements here: some are long for good reason, and who needs one has it where it asks.
 */
const KEEPALIVE_AFTER_MS = 10_000;

/** Opens a client of its own for the given address; the caller disconnects it. */
export function openDb(url: string, options: { maxConnections?: number } = {}): Db {
  const adapter = new PrismaPg({
    connectionString: url,
    max: options.maxConnections ?? 10,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_AFTER_MS,
  });
  return new PrismaClient({ adapter });
}

/** The process's database client. Made at the first call, connects at the first query. */
export const db: () => Db = once("db", () => openDb(databaseUrl()));

/** Closes the process's client; a later `db()` opens a new one. For shutting down, and between test databases. */
export async function closeDb(): Promise<void> {
  await forget<Db>("db")?.$disconnect();
}

/**
 * Plain data as the value of a JSON column. Prisma's type for it asks for an index signature, which our interfaces do not
 * have; the cast stands here once. What JSON cannot say (a bigint) must not be in it.
 */
export function toJsonColumn(value: object): Prisma.InputJsonValue {
  return value as Prisma.InputJsonValue;
}

/** True for a violation of a unique constraint. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002";
}
