import { systemClock, type Clock } from "./clock";

/**
 * Milliseconds since it was made, by the longer of two clocks: the one that only goes forward stands still while the
 * machine sleeps, the wall clock can be set back. For deadlines that must not be missed; it may run early, never late.
 */
export class Stopwatch {
  readonly #ticks = performance.now();
  readonly #wall: number;

  constructor(private readonly clock: Clock = systemClock) {
    this.#wall = clock.now().getTime();
  }

  elapsedMs(): number {
    return Math.max(performance.now() - this.#ticks, this.clock.now().getTime() - this.#wall);
  }
}
