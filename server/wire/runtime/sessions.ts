import type { Clock } from "@/server/platform/clock";
import { commandError } from "../command-error";
import { isDocument, uuidBytes } from "../protocol/decode";
import type { SessionTransaction } from "./transaction";

export const SESSION_TIMEOUT_MINUTES = 30;

/** A logical session: what its retries and transactions need. */
export interface Session {
  key: string;
  id: Buffer;
  usedAt: number;
  /** The newest number seen; older ones answer TransactionTooOld (225). */
  txnNumber: bigint;
  transaction: SessionTransaction | null;
}

/** The id of `lsid` as hex; FailedToParse for anything that is not `{id: UUID}`. */
export function sessionKeyOf(lsid: unknown): string {
  const id = isDocument(lsid) ? uuidBytes(lsid.id) : null;
  if (!id)
    throw commandError(
      14,
      "BSON field 'OperationSessionInfo.lsid.id' is the wrong type, expected type 'binData' (UUID)",
    );
  return id.toString("hex");
}

/** All sessions that were used in the last half hour. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #timer: NodeJS.Timeout;
  /** Told about each session that is over, so that its cursors and transaction go too. */
  onEnd: (session: Session) => void = () => undefined;

  constructor(private readonly clock: Clock) {
    this.#timer = setInterval(() => this.#expire(), 30_000).unref();
  }

  get count(): number {
    return this.#sessions.size;
  }

  list(): Session[] {
    return [...this.#sessions.values()];
  }

  use(key: string): Session {
    let session = this.#sessions.get(key);
    if (!session) {
      session = { key, id: Buffer.from(key, "hex"), usedAt: 0, txnNumber: -1n, transaction: null };
      this.#sessions.set(key, session);
    }
    session.usedAt = this.clock.now().getTime();
    return session;
  }

  find(key: string): Session | undefined {
    return this.#sessions.get(key);
  }

  end(key: string): void {
    const session = this.#sessions.get(key);
    if (!session) return;
    this.#sessions.delete(key);
    this.onEnd(session);
  }

  #expire(): void {
    const limit = this.clock.now().getTime() - SESSION_TIMEOUT_MINUTES * 60_000;
    for (const session of this.list()) if (session.usedAt < limit) this.end(session.key);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const session of this.list()) this.end(session.key);
  }
}
