import { DomainError } from "@/server/platform/errors/domain-error";

/**
 * So much at most is read again to see whether it is still the same. Only a repository's header and its key envelopes are
 * ever overwritten, and neither is longer; of anything else a name stands for one content.
 */
const COMPARED_BYTES_MAX = 64 * 1024;

/**
 * How far the reading of one object has come, over several tries. A try begins where the one before broke off, or, while
 * little was handed over, at the start: then what comes again must be what came before, or the bytes of two contents
 * would be joined. Holds at most COMPARED_BYTES_MAX of the pieces.
 */
export class ReadProgress {
  readonly #name: string;
  readonly #start: number;
  /** The next byte that nobody has got yet. */
  #end: number;
  #given: Buffer[] = [];
  /** What this try has to give again, and how much of that it gave. */
  #known: Buffer = Buffer.alloc(0);
  #again = 0;

  constructor(name: string, start: number) {
    this.#name = name;
    this.#start = start;
    this.#end = start;
  }

  /** Begins a try, and gives the offset to read from. */
  begin(): number {
    this.#known = Buffer.concat(this.#given);
    this.#again = 0;
    return this.#end - this.#known.length;
  }

  /** What of the next piece is new; empty when all of it came before. Throws STORAGE_UNAVAILABLE when it is another. */
  take(piece: Buffer): Buffer {
    const known = this.#known.subarray(this.#again, this.#again + piece.length);
    if (!known.equals(piece.subarray(0, known.length))) throw this.#changed();
    this.#again += known.length;
    const fresh = piece.subarray(known.length);
    this.#end += fresh.length;
    if (this.#end - this.#start > COMPARED_BYTES_MAX) this.#given = [];
    else if (fresh.length > 0) this.#given.push(fresh);
    return fresh;
  }

  /** Ends the last try. Throws STORAGE_UNAVAILABLE when it gave less than those before. */
  finish(): void {
    if (this.#again < this.#known.length) throw this.#changed();
  }

  #changed(): DomainError {
    const message = `${this.#name} was overwritten while it was read`;
    return new DomainError("STORAGE_UNAVAILABLE", { message, params: { name: this.#name, reason: "OVERWRITTEN" } });
  }
}
