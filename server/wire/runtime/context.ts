import { isAllowed, type Privilege, type Target } from "../auth/privileges";
import { commandError } from "../command-error";
import type { Document } from "../protocol/decode";
import type { Request } from "../protocol/message";
import type { ReadView } from "../storage/read-view";
import type { Connection } from "./connection";
import type { ServerInstance } from "./instance";
import type { Operation } from "./operations";
import type { Session } from "./sessions";
import type { SessionTransaction } from "./transaction";

/** Everything a command may ask for while it runs. */
export class CommandContext {
  session: Session | null = null;
  transaction: SessionTransaction | null = null;
  /** Set for a retryable write: its number in the session. */
  retryNumber: bigint | null = null;
  operation!: Operation;
  /** The moment of a snapshot read; goes into the reply as atClusterTime. */
  snapshot: ReadView | null = null;
  /** Fields added to the reply beside what the command answers. */
  readonly replyExtras: Document = {};

  constructor(
    readonly server: ServerInstance,
    readonly connection: Connection,
    readonly request: Request,
    readonly name: string,
    readonly body: Document,
    readonly db: string,
  ) {}

  /** The raw body; values that must keep their bytes are taken from here. */
  get raw(): Buffer {
    return this.request.body;
  }

  get signal(): AbortSignal {
    return this.operation.signal;
  }

  /** The collection that the command names in its first field. */
  get collectionName(): string {
    return collectionNameOf(this.name, this.body);
  }

  get namespace(): string {
    return `${this.db}.${this.collectionName}`;
  }

  get privileges(): readonly Privilege[] {
    const { connection, server } = this;
    if (!connection.login) return [];
    const { generation } = server;
    if (connection.privileges?.generation !== generation) {
      const user = server.accounts.findUser(connection.login.user, connection.login.db);
      const roles = user ? server.accounts.rolesOf(user) : [];
      connection.login.roles = roles;
      connection.privileges = { generation, list: server.accounts.privilegesOf(roles) };
    }
    return connection.privileges.list;
  }

  /** Authorization is off while there is no user at all. */
  get unrestricted(): boolean {
    return !this.server.accounts.any;
  }

  may(target: Target, action: string): boolean {
    return this.unrestricted || isAllowed(this.privileges, target, action);
  }

  /** Throws UserWritesBlocked (371) when the block is on and this user does not pass it. */
  assertWritable(db = this.db): void {
    this.server.writeBlock.assertAllowed(db, () => isAllowed(this.privileges, "cluster", "bypassWriteBlockingMode"));
  }

  /** Where this command reads: its transaction, its snapshot or the newest state. */
  readView(): ReadView {
    return this.transaction?.view ?? this.snapshot ?? this.server.store.latest();
  }

  throwIfKilled(): void {
    if (this.signal.aborted) throw this.signal.reason;
  }
}

export function collectionNameOf(command: string, body: Document): string {
  const value = body[command];
  if (typeof value !== "string") throw commandError(73, `collection name has invalid type ${typeof value}`);
  if (value === "" || value.includes("\0")) throw commandError(73, `Invalid namespace specified '${value}'`);
  return value;
}
