import type { Transaction } from "lmdb";
import type { Clock } from "@/server/platform/clock";
import { commandError } from "../command-error";
import type { CollectionEntry } from "./catalog-entry";
import type { Stores } from "./lmdb/environment";
import { ReadView } from "./read-view";
import type { ClusterTime } from "./timestamp";

/** As long as a real server keeps history by default (minSnapshotHistoryWindowInSeconds). */
const PIN_IDLE_MS = 300_000;
const PINS_MAX = 256;

interface Pin {
  view: ReadView;
  transaction: Transaction;
  users: number;
  /** A snapshot read asked for it: it stays for the reads that follow, until it expires. */
  lasting: boolean;
  usedAt: number;
}

/**
 * Moments that reads hold on to. A moment exists from the first read that asks for a snapshot until nobody has used it
 * for a while: an old reader makes the file grow, so a pin expires and reads at it answer SnapshotTooOld (239).
 */
export class Pins {
  readonly #pins = new Map<ClusterTime, Pin>();
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly stores: Stores,
    private readonly live: ReadonlyMap<string, CollectionEntry>,
    private readonly lastTime: () => ClusterTime,
    private readonly clock: Clock,
  ) {
    this.#timer = setInterval(() => this.expire(), 10_000).unref();
  }

  /** A view of now; asking twice without a write between gives the same moment. */
  now(): ReadView {
    const time = this.lastTime();
    return this.find(time) ?? this.#create(time);
  }

  /** A view of now for a snapshot read: the reads that follow may name its moment. */
  snapshot(): ReadView {
    const view = this.now();
    this.#pins.get(view.time)!.lasting = true;
    return view;
  }

  /** The view of a moment that was pinned before; SnapshotTooOld when it is gone, 72 when it has not been yet. */
  at(time: ClusterTime): ReadView {
    if (time > this.lastTime()) {
      throw commandError(72, "readConcern value 'atClusterTime' is greater than the newest cluster time");
    }
    const view = time === this.lastTime() ? this.snapshot() : this.#lasting(time);
    if (!view) throw commandError(239, "Read timestamp is older than the oldest available timestamp.");
    return view;
  }

  /** A moment that a read names stays for the reads that follow, whoever pinned it, and a transaction's too. */
  #lasting(time: ClusterTime): ReadView | null {
    const pin = this.#pins.get(time);
    if (pin) pin.lasting = true;
    return this.find(time);
  }

  private find(time: ClusterTime): ReadView | null {
    const pin = this.#pins.get(time);
    if (!pin) return null;
    pin.usedAt = this.clock.now().getTime();
    return pin.view;
  }

  #create(time: ClusterTime): ReadView {
    if (this.#pins.size >= PINS_MAX) this.#dropOldest();
    this.stores.env.resetReadTxn();
    const transaction = this.stores.documents.useReadTransaction();
    const view = new ReadView(this.stores, this.live, transaction, time);
    this.#pins.set(time, { view, transaction, users: 0, lasting: false, usedAt: this.clock.now().getTime() });
    return view;
  }

  /** An open cursor or transaction keeps its moment from expiring; answers the function that lets go. */
  hold(view: ReadView): () => void {
    const pin = this.#pins.get(view.time);
    if (!pin || pin.view !== view) return () => undefined;
    pin.users += 1;
    let held = true;
    return () => {
      if (held) pin.users -= 1;
      held = false;
      pin.usedAt = this.clock.now().getTime();
    };
  }

  /** Marks a moment as used, so that a long read does not lose it. */
  touch(view: ReadView): void {
    this.find(view.time);
  }

  expire(): void {
    const limit = this.clock.now().getTime() - PIN_IDLE_MS;
    for (const [time, pin] of this.#pins) if (pin.users === 0 && pin.usedAt < limit) this.#drop(time, pin);
  }

  /** Lets go of a moment at once when nobody else uses it; ends of transactions and sessions. */
  release(view: ReadView): void {
    const pin = this.#pins.get(view.time);
    if (pin?.view === view && pin.users === 0 && !pin.lasting) this.#drop(view.time, pin);
  }

  #dropOldest(): void {
    const idle = [...this.#pins].filter(([, pin]) => pin.users === 0).sort(([, a], [, b]) => a.usedAt - b.usedAt);
    if (!idle[0]) throw commandError(246, "too many open snapshots");
    this.#drop(...idle[0]);
  }

  #drop(time: ClusterTime, pin: Pin): void {
    this.#pins.delete(time);
    pin.transaction.done();
  }

  close(): void {
    clearInterval(this.#timer);
    for (const [time, pin] of this.#pins) this.#drop(time, pin);
  }
}
