const ID_BYTES = 16;
const FACT_BYTES = 16 + 1 + 16;
const SLOT_BYTES = ID_BYTES + FACT_BYTES;
const LOAD_MAX = 0.6;

/**
 * Which leaves were looked at, and 33 bytes about each: a hash table in one piece of memory, 49 bytes a leaf, for tens of
 * millions of them. Ids are keyed hashes, so their first 16 bytes tell them apart and spread them.
 */
export class SeenLeaves {
  #slots = 1024;
  #count = 0;
  #table = Buffer.alloc(this.#slots * SLOT_BYTES);

  /** What was kept about the leaf, or null when it was not seen. */
  find(id: Buffer): Buffer | null {
    const at = this.#slotOf(this.#table, this.#slots, id);
    return this.#isFree(this.#table, at) ? null : this.#table.subarray(at + ID_BYTES, at + SLOT_BYTES);
  }

  /** `facts` has FACT_BYTES at most. */
  add(id: Buffer, facts: Buffer): void {
    if (this.#count >= this.#slots * LOAD_MAX) this.#grow();
    const at = this.#slotOf(this.#table, this.#slots, id);
    if (this.#isFree(this.#table, at)) this.#count += 1;
    id.copy(this.#table, at, 0, ID_BYTES);
    facts.copy(this.#table, at + ID_BYTES);
  }

  #slotOf(table: Buffer, slots: number, id: Buffer): number {
    for (let slot = id.readUInt32LE(0) % slots; ; slot = (slot + 1) % slots) {
      const at = slot * SLOT_BYTES;
      if (this.#isFree(table, at) || id.compare(table, at, at + ID_BYTES, 0, ID_BYTES) === 0) return at;
    }
  }

  /** An id of zeros does not occur: it is a hash. */
  #isFree(table: Buffer, at: number): boolean {
    return table.readBigUInt64LE(at) === 0n && table.readBigUInt64LE(at + 8) === 0n;
  }

  #grow(): void {
    const slots = this.#slots * 2;
    const table = Buffer.alloc(slots * SLOT_BYTES);
    for (let at = 0; at < this.#table.length; at += SLOT_BYTES) {
      if (this.#isFree(this.#table, at)) continue;
      const id = this.#table.subarray(at, at + ID_BYTES);
      this.#table.copy(table, this.#slotOf(table, slots, id), at, at + SLOT_BYTES);
    }
    this.#slots = slots;
    this.#table = table;
  }
}
