/** Lets bytes through up to a limit; who comes next waits its turn. One item larger than the limit passes alone. */
export class ByteGate {
  readonly #limitBytes: number;
  readonly #waiting: Array<{ bytes: number; pass: () => void; refuse: (error: unknown) => void }> = [];
  #inside = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Waits for room; undefined when there is room at once. */
  enter(bytes: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#inside += bytes;
      return undefined;
    }
    return new Promise((pass, refuse) => this.#waiting.push({ bytes, pass, refuse }));
  }

  leave(bytes: number): void {
    this.#inside -= bytes;
    for (let next = this.#waiting[0]; next && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#inside += next.bytes;
      next.pass();
    }
  }

  /** Turns away all who wait. */
  refuseAll(error: unknown): void {
    for (const { refuse } of this.#waiting.splice(0)) refuse(error);
  }

  #fits(bytes: number): boolean {
    return this.#inside === 0 || this.#inside + bytes <= this.#limitBytes;
  }
}
