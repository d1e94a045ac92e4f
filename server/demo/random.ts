import { ObjectId } from "mongodb";

/**
 * Random numbers that are the same for the same seed (mulberry32), so that the demo's documents are the same in every
 * installation. Not for secrets.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** One of the list; the first ones more often with a larger `skew`, as with popular goods. */
  pick<T>(list: readonly T[], skew = 1): T {
    return list[Math.floor(this.next() ** skew * list.length)]!;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  date(from: Date, to: Date): Date {
    return new Date(from.getTime() + Math.floor(this.next() * (to.getTime() - from.getTime())));
  }

  hex(length: number): string {
    let text = "";
    while (text.length < length)
      text += Math.floor(this.next() * 4_294_967_296)
        .toString(16)
        .padStart(8, "0");
    return text.slice(0, length);
  }

  bytes(length: number): Buffer {
    return Buffer.from(this.hex(length * 2), "hex");
  }

  objectId(at: Date): ObjectId {
    return new ObjectId(
      Math.floor(at.getTime() / 1000)
        .toString(16)
        .padStart(8, "0") + this.hex(16),
    );
  }
}
