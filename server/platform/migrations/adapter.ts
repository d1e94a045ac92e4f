import { randomBytes } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlQueryable,
  type SqlResultSet,
} from "@prisma/driver-adapter-utils";
import pg from "pg";

/**
 * What the schema engine needs and the stock adapter does not give it:
 *  - a script runs as one round trip on one connection: the stock adapter cuts it at every `;`, inside function
 *    bodies too, and may use another connection for each piece. All or nothing, so no `create index concurrently`;
 *  - the shadow database is connected to by separate fields (with a connection string the stock adapter opens the
 *    real database again) and is dropped when it is disposed;
 *  - catalogue columns of type "char" (oid 18), which it refuses, are read as text and reported as Character.
 */
const CHAR_OID = 18;
const TEXT_OID = 25;

interface PerformsIO {
  performIO(query: SqlQuery): Promise<{ fields: Array<{ dataTypeID: number }> }>;
}

/** Teaches one adapter or transaction to read "char" columns. */
function readsCharColumns<T extends SqlQueryable>(queryable: T): T {
  const inner = queryable as unknown as PerformsIO;
  const performIO = inner.performIO.bind(queryable);
  const queryRaw = queryable.queryRaw.bind(queryable);
  const charColumns = new WeakMap<SqlQuery, number[]>();
  inner.performIO = async (query) => {
    const result = await performIO(query);
    const found: number[] = [];
    result.fields.forEach((field, index) => {
      if (field.dataTypeID !== CHAR_OID) return;
      field.dataTypeID = TEXT_OID;
      found.push(index);
    });
    charColumns.set(query, found);
    return result;
  };
  queryable.queryRaw = async (query): Promise<SqlResultSet> => {
    const result = await queryRaw(query);
    for (const index of charColumns.get(query) ?? []) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
  return queryable;
}

async function connect(pool: pg.Pool, onDispose: () => Promise<void>): Promise<SqlDriverAdapter> {
  const adapter: SqlDriverAdapter = readsCharColumns(await new PrismaPg(pool).connect());
  const startTransaction = adapter.startTransaction.bind(adapter);
  adapter.startTransaction = async (level) => readsCharColumns(await startTransaction(level));
  adapter.executeScript = async (script) => {
    await pool.query(script);
  };
  adapter.dispose = onDispose;
  return adapter;
}

/** An adapter factory for the schema engine. `close()` ends what the engine left open. */
export function migrationAdapterFactory(
  connectionString: string,
): SqlMigrationAwareDriverAdapterFactory & { close(): Promise<void> } {
  const open = new Set<pg.Pool>();
  const openPool = (config: pg.PoolConfig): pg.Pool => {
    const pool = new pg.Pool({ ...config, max: 1 });
    pool.on("error", () => undefined);
    open.add(pool);
    return pool;
  };
  const endPool = async (pool: pg.Pool): Promise<void> => {
    if (open.delete(pool)) await pool.end();
  };
  return {
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    async connect() {
      const pool = openPool({ connectionString });
      return connect(pool, () => endPool(pool));
    },
    async connectToShadowDb() {
      const database = `holdfast_shadow_${randomBytes(6).toString("hex")}`;
      const main = openPool({ connectionString });
      await main.query(`create database ${database}`);
      const { user, password, host, port, ssl } = new pg.Client({ connectionString });
      const shadow = openPool({ user, password: password ?? undefined, host, port, ssl, database });
      return connect(shadow, async () => {
        await endPool(shadow);
        await main.query(`drop database if exists ${database} with (force)`);
        await endPool(main);
      });
    },
    async close() {
      await Promise.all([...open].map(endPool));
    },
  };
}
