import { Long, serialize } from "bson";
import type { Db, MongoClient } from "mongodb";

export type Command = Record<string, unknown>;

/**
 * A client whose commands go through a function first: it runs them, changed or not, or answers itself. For what a
 * server of our own does not do. Only `db().command()` is seen, which is all that snapshots use.
 */
export function interceptCommands(
  client: MongoClient,
  intercept: (command: Command, run: (changed?: Command) => Promise<Command>, db: Db) => Promise<Command>,
): MongoClient {
  const withCommand = (db: Db): Db =>
    new Proxy(db, {
      get(target, key) {
        if (key !== "command") return Reflect.get(target, key) as unknown;
        return (command: Command, options?: object) =>
          intercept(command, (changed = command) => db.command(changed, options), db);
      },
    });
  return new Proxy(client, {
    get(target, key) {
      if (key === "db") return (name: string) => withCommand(target.db(name));
      const value = Reflect.get(target, key) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** A raw reply with all that a cursor gives. */
export function cursorReply(firstBatch: object[]): Promise<Command> {
  return Promise.resolve({ ok: 1, cursor: serialize({ id: Long.ZERO, ns: "db.$cmd", firstBatch }) });
}
