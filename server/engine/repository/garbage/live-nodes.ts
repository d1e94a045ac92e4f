const SLOTS_MIN = 1024;
const FILL_MAX = 0.7;

/**
 * The nodes that some snapshot needs: 8 bytes of each id in one table, 11 to 23 bytes an id with the free slots. Ids are
 * HMACs, hence spread evenly. Two ids with the same 8 bytes count as one: a dead node may look alive, never the reverse.
 */
export class LiveNodes {
  /** Two numbers a slot; both 0 means free, and the id whose 8 bytes are 0 has a flag of its own. */
  #slots = new Uint32Array(SLOTS_MIN * 2);
  #mask = SLOTS_MIN - 1;
  #count = 0;
  #hasZero = false;

  /** How many there are. */
  get size(): number {
    return this.#count + (this.#hasZero ? 1 : 0);
  }

  add(id: Buffer): void {
    const high = id.readUInt32LE(0);
    const low = id.readUInt32LE(4);
    if (high === 0 && low === 0) this.#hasZero = true;
    else if (this.#insert(high, low) && (this.#count += 1) > (this.#mask + 1) * FILL_MAX) this.#grow();
  }

  has(id: Buffer): boolean {
    const high = id.readUInt32LE(0);
    const low = id.readUInt32LE(4);
    if (high === 0 && low === 0) return this.#hasZero;
    const at = this.#find(high, low);
    return this.#slots[at] === high && this.#slots[at + 1] === low;
  }

  /** Where these numbers are, or the free slot that they belong in. */
  #find(high: number, low: number): number {
    let slot = low & this.#mask;
    for (;;) {
      const at = slot * 2;
      const [a, b] = [this.#slots[at]!, this.#slots[at + 1]!];
      if ((a === high && b === low) || (a === 0 && b === 0)) return at;
      slot = (slot + 1) & this.#mask;
    }
  }

  #insert(high: number, low: number): boolean {
    const at = this.#find(high, low);
    if (this.#slots[at] === high && this.#slots[at + 1] === low) return false;
    this.#slots[at] = high;
    this.#slots[at + 1] = low;
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#mask = old.length - 1;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] !== 0 || old[at + 1] !== 0) this.#insert(old[at]!, old[at + 1]!);
    }
  }
}
