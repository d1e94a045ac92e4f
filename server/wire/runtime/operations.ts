import type { Clock } from "@/server/platform/clock";
import { commandError } from "../command-error";
import type { Document } from "../protocol/decode";

export interface Operation {
  id: number;
  connectionId: number;
  command: string;
  namespace: string;
  body: Document;
  startedAt: number;
  client: string;
  appName: string;
  users: Array<{ user: string; db: string }>;
  lsid: unknown;
  signal: AbortSignal;
}

/** What runs now; `currentOp` shows it, `killOp` ends it. */
export class Operations {
  #next = 1;
  readonly #running = new Map<number, { operation: Operation; abort: AbortController }>();

  constructor(private readonly clock: Clock) {}

  begin(o: Omit<Operation, "id" | "startedAt" | "signal">): Operation {
    const abort = new AbortController();
    const operation = { ...o, id: this.#next, startedAt: this.clock.now().getTime(), signal: abort.signal };
    this.#next += 1;
    this.#running.set(operation.id, { operation, abort });
    return operation;
  }

  end(operation: Operation): void {
    this.#running.delete(operation.id);
  }

  list(): Operation[] {
    return [...this.#running.values()].map(({ operation }) => operation);
  }

  kill(id: number): void {
    this.#running.get(id)?.abort.abort(commandError(11601, "operation was interrupted"));
  }

  /** maxTimeMS is over. */
  expire(id: number): void {
    this.#running.get(id)?.abort.abort(commandError(50, "operation exceeded time limit"));
  }

  killSession(match: (lsid: unknown) => boolean): void {
    for (const { operation, abort } of this.#running.values()) {
      if (match(operation.lsid)) abort.abort(commandError(11601, "operation was interrupted"));
    }
  }

  /** Ends everything: the server stops. */
  killAll(): void {
    for (const { abort } of this.#running.values()) abort.abort(commandError(11600, "interrupted at shutdown"));
  }
}
